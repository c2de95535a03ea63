import { createWorkQueue } from '../../../../src/controllers/runtime/work-queue';
import { describeWorkQueueContract } from '../../../conformance/work-queue';

describeWorkQueueContract({ name: 'createWorkQueue', create: createWorkQueue });
