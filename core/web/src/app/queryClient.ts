import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isProblem } from '@/api/client';

let onSessionEnd: () => void = () => undefined;

/** What happens when the server says that nobody is signed in any more. */
export function whenSessionEnds(action: () => void): void {
  onSessionEnd = action;
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (isProblem(error, 401) && query.queryKey[0] !== 'session') onSessionEnd();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && isProblem(error) && (error.status === 503 || error.status === 0),
    },
  },
});
