import type { DispatchCalls, InstructionBase } from '../../domain/provider/calls';
import { REQUEST_ALTERED } from '../answers';
import { inquire, type EkoContext } from './context';
import { isRequestOf } from './requests';
import { outcomeOfCreate, type Service } from './transformers';

/** The queued calls of one service. An instruction is sent once, in exactly the bytes that it makes. */
export function queuedCalls<I extends InstructionBase>(
  context: EkoContext,
  { service, operation, route }: { service: Service; operation: string; route: string },
  prepare: DispatchCalls<I>['prepare'],
): DispatchCalls<I> {
  const { client, onUnlisted, notFound } = context;
  return {
    notFound,
    prepare,
    async send(instruction, prepared, options) {
      if (!isRequestOf(instruction, prepared, prepare)) return REQUEST_ALTERED;
      const { ourReference } = instruction;
      const reply = await client.call(
        { operation, method: 'POST', route, body: prepared.body, ourReference },
        options,
      );
      return outcomeOfCreate(reply, service, ourReference, onUnlisted);
    },
    inquire: (target, options) => inquire(context, target, options),
  };
}
