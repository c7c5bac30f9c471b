import type { Alert, AlertPatch, User } from '@/api/types';

/**
 * The alert as it will be once the server has accepted the patch: assigned and having an assignee are one thing, a closed alert keeps its
 * assignee. The version stays: only the server counts it.
 */
export function patched<T extends Alert>(alert: T, patch: AlertPatch, users: readonly User[]): T {
  const next = { ...alert };
  if (patch.assignee !== undefined) {
    next.assignee = patch.assignee === null ? null : (users.find((user) => user.id === patch.assignee) ?? alert.assignee);
    if (patch.status === undefined && next.status !== 'closed') next.status = patch.assignee === null ? 'new' : 'assigned';
  }
  if (patch.status !== undefined) {
    next.status = patch.status;
    if (patch.status === 'new') next.assignee = null;
    next.closingReason = patch.status === 'closed' ? (patch.closingReason ?? alert.closingReason) : null;
  }
  if (patch.priority !== undefined) {
    next.priority = patch.priority;
    next.priorityManual = true;
  }
  return next;
}
