import { describeBacklog } from '../../support/backlog-suite';
import { onBackend } from '../../support/redis';

onBackend('redis', describeBacklog);
