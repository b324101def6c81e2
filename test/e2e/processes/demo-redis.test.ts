import { describeDemo } from '../../support/demo-suite';
import { onBackend } from '../../support/redis';

onBackend('redis', describeDemo);
