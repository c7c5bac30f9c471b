import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '@/api/endpoints';
import type { FieldInfo, FieldType } from '@/api/types';
import type { FieldTypes } from './sql/predicate';

const known: readonly FieldType[] = ['STRING', 'INTEGER', 'FLOAT', 'TIMESTAMP', 'STRING_ARRAY'];

export const fieldsQuery = queryOptions({
  queryKey: ['events', 'fields'],
  queryFn: async (): Promise<FieldInfo[]> => {
    const page = await api.fields();
    return page.items.map((field) => ({ ...field, type: fieldType(field.type), group: field.group.toLowerCase() }));
  },
  staleTime: Infinity,
});

function fieldType(text: string): FieldType {
  const upper = text.toUpperCase() as FieldType;
  return known.includes(upper) ? upper : 'STRING';
}

const none: FieldInfo[] = [];

export interface Schema {
  fields: readonly FieldInfo[];
  types: FieldTypes;
  byName: ReadonlyMap<string, FieldInfo>;
  ready: boolean;
  error: unknown;
}

/** The event schema: the server's list of fields. */
export function useSchema(): Schema {
  const query = useQuery(fieldsQuery);
  const fields = query.data ?? none;
  const { isPending, error } = query;
  return useMemo(
    () => ({
      fields,
      types: new Map(fields.map((field) => [field.name, field.type])),
      byName: new Map(fields.map((field) => [field.name, field])),
      ready: !isPending,
      error,
    }),
    [fields, isPending, error],
  );
}
