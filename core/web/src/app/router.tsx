import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { sessionQuery } from '@/features/session/session';
import { many, one, parseParams, stringifyParams } from '@/shared/urlText';
import { Failure } from '@/shared/ui/states';
import type { EventsParams } from '@/features/events/searchState';
import type { AlertsParams } from '@/features/alerts/alertsState';
import type { SourcesParams } from '@/features/sources/sourcesState';
import type { RulesParams } from '@/features/rules/rulesState';
import type { ResponsesParams } from '@/features/responses/responsesState';
import type { ListsParams } from '@/features/lists/listsState';
import type { HealthParams } from '@/features/health/healthState';
import { queryClient, whenSessionEnds } from './queryClient';

const rootRoute = createRootRoute({ component: Outlet, errorComponent: ({ error }) => <Failure error={error} retry={() => location.reload()} /> });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } => ({ to: localPath(one(search.to)) }),
  component: lazyRouteComponent(() => import('@/features/session/SignInPage'), 'SignInPage'),
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: lazyRouteComponent(() => import('./Shell'), 'Shell'),
  beforeLoad: async ({ location: at }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/sign-in', search: { to: at.href === '/' ? undefined : at.href } });
  },
});

const indexRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/events' });
  },
});

const eventsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events',
  validateSearch: (search: Record<string, unknown>): EventsParams => ({
    mode: one(search.mode),
    q: one(search.q),
    sql: one(search.sql),
    f: many(search.f),
    from: one(search.from),
    to: one(search.to),
    c: typeof search.c === 'string' ? search.c : undefined,
    sort: one(search.sort),
    n: one(search.n),
    event: one(search.event),
    tab: one(search.tab),
  }),
  component: lazyRouteComponent(() => import('@/features/events/EventsPage'), 'EventsPage'),
});

const alertsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/alerts',
  validateSearch: (search: Record<string, unknown>): AlertsParams => ({
    status: one(search.status),
    priority: one(search.priority),
    assignee: one(search.assignee),
    rule: one(search.rule),
    q: one(search.q),
    from: one(search.from),
    to: one(search.to),
    alert: one(search.alert),
  }),
  component: lazyRouteComponent(() => import('@/features/alerts/AlertsPage'), 'AlertsPage'),
});

const healthRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health',
  validateSearch: (search: Record<string, unknown>): HealthParams => ({ from: one(search.from), to: one(search.to), only: one(search.only), q: one(search.q) }),
  component: lazyRouteComponent(() => import('@/features/health/HealthPage'), 'HealthPage'),
});

const sourcesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sources',
  validateSearch: (search: Record<string, unknown>): SourcesParams => ({ collector: one(search.collector), source: one(search.source), only: one(search.only), q: one(search.q) }),
  component: lazyRouteComponent(() => import('@/features/sources/SourcesPage'), 'SourcesPage'),
});

const rulesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/rules',
  validateSearch: (search: Record<string, unknown>): RulesParams => ({ rule: one(search.rule), only: one(search.only), q: one(search.q) }),
  component: lazyRouteComponent(() => import('@/features/rules/RulesPage'), 'RulesPage'),
});

const listsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/lists',
  validateSearch: (search: Record<string, unknown>): ListsParams => ({ list: one(search.list), at: one(search.at), only: one(search.only), q: one(search.q), find: one(search.find) }),
  component: lazyRouteComponent(() => import('@/features/lists/ListsPage'), 'ListsPage'),
});

const responsesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/responses',
  validateSearch: (search: Record<string, unknown>): ResponsesParams => ({ response: one(search.response), state: one(search.state), q: one(search.q) }),
  component: lazyRouteComponent(() => import('@/features/responses/ResponsesPage'), 'ResponsesPage'),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([signInRoute, shellRoute.addChildren([indexRoute, eventsRoute, alertsRoute, sourcesRoute, rulesRoute, listsRoute, responsesRoute, healthRoute])]),
  parseSearch: parseParams,
  stringifySearch: stringifyParams,
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFound,
});

function NotFound() {
  void router.navigate({ to: '/events', replace: true });
  return null;
}

/** Only a path of this site may follow a sign-in, never another host. */
export function localPath(path: string | undefined): string | undefined {
  return path && /^\/(?![/\\])/.test(path) ? path : undefined;
}

whenSessionEnds(() => {
  if (router.state.location.pathname === '/sign-in') return;
  queryClient.setQueryData(sessionQuery.queryKey, null);
  void router.navigate({ to: '/sign-in', search: { to: router.state.location.href } });
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
