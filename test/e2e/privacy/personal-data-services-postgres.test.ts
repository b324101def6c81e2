import { describePersonalData } from '../../support/personal-data-suite';
import { onBackend } from '../../support/redis';

onBackend('postgres', describePersonalData);
