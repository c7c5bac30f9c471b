import { queryOptions, useQuery } from '@tanstack/react-query';
import { isProblem } from '@/api/client';
import { api } from '@/api/endpoints';
import type { User } from '@/api/types';

/** The signed-in session, or null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    try {
      return await api.session(signal);
    } catch (error) {
      if (isProblem(error, 401)) return null;
      throw error;
    }
  },
  staleTime: 300_000,
});

export function useUser(): User | null {
  return useQuery(sessionQuery).data?.user ?? null;
}
