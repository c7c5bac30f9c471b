import { describe, expect, it } from 'vitest';
import { boundsOfIds, idTime } from '@/shared/eventId';
import type { Alert, AlertEvent, User } from '@/api/types';
import { alertQuery, readAlerts, writeAlerts } from './alertsState';
import { patched } from './patch';
import { searchOf } from './searchLink';

const user: User = { id: 'u1', login: 'anna', name: 'Anna' };
const alert: Alert = {
  id: 'a1', name: 'SSH brute force', ruleId: 'r', ruleName: 'SSH brute force', segmentation: 'default', status: 'new', priority: 3, priorityManual: false, firstSeen: 1_700_000_000_000,
  lastSeen: 1_700_000_060_000, createdAt: 0, updatedAt: 0, assignee: null, closingReason: null, count: 1, entities: [{ kind: 'address', value: "10.0.0.1" }],
  tactics: [], techniques: [], summary: '', version: 7,
};

describe('the state of the queue', () => {
  it('shows open alerts unless told otherwise', () => {
    expect(readAlerts({}).statuses).toEqual(['new', 'assigned']);
    expect(writeAlerts(readAlerts({}))).toEqual({});
    expect(readAlerts({ status: 'all' }).statuses).toEqual(['new', 'assigned', 'closed']);
  });

  it('survives the address', () => {
    const params = { status: 'closed', priority: '4,3', assignee: 'me', rule: 'r', q: 'a b', from: 'now-7d', to: 'now-1d', alert: 'x' };
    expect(writeAlerts(readAlerts(params))).toEqual(params);
    expect(writeAlerts(readAlerts({ status: 'all' }))).toEqual({ status: 'all' });
  });

  it('asks the server for what it shows', () => {
    const now = Date.UTC(2026, 10, 22);
    expect(alertQuery(readAlerts({ from: 'now-1h', status: 'all' }), now, 'utc')).toMatchObject({ from: now - 3_600_000, to: undefined, status: undefined });
    expect(alertQuery(readAlerts({ priority: '9,4' }), now, 'utc').priority).toEqual(['4']);
  });
});

describe('an optimistic change', () => {
  it('assigning makes a new alert assigned, taking away makes it new', () => {
    expect(patched(alert, { assignee: 'u1', version: 7 }, [user])).toMatchObject({ status: 'assigned', assignee: user, version: 7 });
    expect(patched({ ...alert, status: 'assigned', assignee: user }, { assignee: null, version: 7 }, [user])).toMatchObject({ status: 'new', assignee: null });
  });

  it('closing keeps the assignee and the reason, reopening drops the reason', () => {
    const closed = patched({ ...alert, assignee: user }, { status: 'closed', closingReason: 'responded', version: 7 }, [user]);
    expect(closed).toMatchObject({ status: 'closed', closingReason: 'responded', assignee: user });
    expect(patched(closed, { status: 'new', version: 7 }, [user])).toMatchObject({ status: 'new', closingReason: null, assignee: null });
  });

  it('a priority set by hand stays', () => {
    expect(patched(alert, { priority: 4, version: 7 }, [])).toMatchObject({ priority: 4, priorityManual: true });
  });
});

describe('identifiers', () => {
  it('tell the time of version 7 only', () => {
    expect(idTime('018bcfe5-6800-7000-8000-000000000000')).toBe(1_700_000_000_000);
    expect(idTime('018bcfe5-6800-4000-8000-000000000000')).toBeNull();
    expect(idTime('x')).toBeNull();
    expect(boundsOfIds(['018bcfe5-6800-7000-8000-000000000000'])).toEqual({ from: 1_700_000_000_000 - 3_600_000, to: 1_700_000_000_000 + 3_600_000 });
    expect(boundsOfIds(['x'])).toBeNull();
  });
});

describe('the link to the events', () => {
  it('bounds the window and filters by what the rule grouped by', () => {
    const hit: AlertEvent = { id: 'h', time: 0, summary: '', fields: { GroupedBy: ['SourceAddress', 'Missing'], SourceAddress: '10.0.0.1' }, baseEventIds: [] };
    const link = searchOf(alert, hit);
    expect(link.f).toEqual(['SourceAddress=10.0.0.1']);
    expect(link.from).toBe(new Date(alert.firstSeen - 300_000).toISOString().replace('.000Z', 'Z'));
    expect(searchOf(alert, { ...hit, id: '018bcfe5-6800-7000-8000-000000000000' }).from).toBe('2023-11-14T22:08:20Z');
    expect(searchOf(alert, null).q).toBe('"10.0.0.1"');
  });
});
