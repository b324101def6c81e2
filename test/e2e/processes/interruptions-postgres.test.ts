import { describeInterruptions } from '../../support/interruptions-suite';
import { onBackend } from '../../support/redis';

onBackend('postgres', describeInterruptions);
