import { describeDemo } from '../../support/demo-suite';
import { onBackend } from '../../support/redis';

onBackend('postgres', describeDemo);
