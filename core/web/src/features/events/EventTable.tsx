import { Menu, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconFlag3Filled } from '@tabler/icons-react';
import { columnResizingFeature, columnSizingFeature, tableFeatures, useTable, type ColumnDef, type ColumnSizingState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Cell, Column } from '@/api/types';
import { useHotkeys } from '@/shared/hotkeys';
import { usePreferences } from '@/shared/preferences';
import { priorityOf, Severity } from '@/shared/ui/Severity';
import { CellMenu, type CellTarget } from './CellMenu';
import { cellText, eventTypeName, isAbsent, isNumberType, isTimeType, rawText } from './cells';
import classes from './EventTable.module.css';
import type { Sort } from './sql/build';

const features = tableFeatures({ columnSizingFeature, columnResizingFeature });
const rowHeight = 27;
const minimumWidth = 56;

export interface TableActions {
  open: (row: number, tab?: 'raw') => void;
  filter: (field: string, value: string, negated: boolean) => void;
  exists: (field: string) => void;
  sort: (column: string) => void;
  remove: (column: string) => void;
  /** Moves a column before another one. */
  move: (column: string, before: string | null) => void;
}

interface Props {
  columns: readonly Column[];
  /** The columns that are shown, in order, by their index in a row. */
  shown: readonly number[];
  rows: readonly Cell[][];
  sort: Sort | null;
  opened: number;
  canFilter: boolean;
  editable: boolean;
  stale: boolean;
  actions: TableActions;
}

export function EventTable({ columns, shown, rows, sort, opened, canFilter, editable, stale, actions }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const scroll = useRef<HTMLDivElement>(null);
  const [sizing, setSizing] = useState<ColumnSizingState>({});
  const [cursor, setCursor] = useState({ row: 0, column: 0 });
  const [menu, setMenu] = useState<CellTarget | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const priorityAt = columns.findIndex((column) => column.name === 'Priority');
  const typeAt = columns.findIndex((column) => column.name === 'Type');

  const definitions = useMemo<ColumnDef<typeof features, Cell[]>[]>(
    () =>
      shown.map((index) => {
        const column = columns[index] as Column;
        return { id: column.name, accessorFn: (row: Cell[]) => row[index], size: widthOf(column), minSize: minimumWidth, maxSize: 2400 };
      }),
    [columns, shown],
  );
  const data = rows as Cell[][];
  const table = useTable({
    features,
    columns: definitions,
    data,
    columnResizeMode: 'onChange',
    state: { columnSizing: sizing },
    onColumnSizingChange: setSizing,
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const template = templateOf(headers.map((header) => ({ width: header.getSize(), sized: header.column.id in sizing })), columns[shown[shown.length - 1] ?? -1]);

  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroll.current, estimateSize: () => rowHeight, overscan: 12 });

  // The cursor follows the row that a link or the detail pane opened.
  useEffect(() => {
    if (opened >= 0) {
      setCursor((now) => (now.row === opened ? now : { ...now, row: opened }));
      virtual.scrollToIndex(opened, { align: 'auto' });
    }
    // Only when another row is opened.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [opened]);

  const moveTo = (row: number) => {
    if (rows.length === 0) return;
    const next = Math.max(0, Math.min(rows.length - 1, row));
    setCursor((now) => ({ ...now, row: next }));
    virtual.scrollToIndex(next, { align: 'auto' });
    if (opened >= 0) actions.open(next);
  };
  const filterAtCursor = (negated: boolean) => {
    const index = shown[cursor.column];
    const column = index === undefined ? undefined : columns[index];
    if (column && canFilter) actions.filter(column.name, rawText(rows[cursor.row]?.[index as number]), negated);
  };
  useHotkeys(
    {
      j: () => moveTo(cursor.row + 1),
      ArrowDown: () => moveTo(cursor.row + 1),
      k: () => moveTo(cursor.row - 1),
      ArrowUp: () => moveTo(cursor.row - 1),
      PageDown: () => moveTo(cursor.row + 20),
      PageUp: () => moveTo(cursor.row - 20),
      Home: () => moveTo(0),
      End: () => moveTo(rows.length - 1),
      ArrowRight: () => setCursor((now) => ({ ...now, column: Math.min(shown.length - 1, now.column + 1) })),
      ArrowLeft: () => setCursor((now) => ({ ...now, column: Math.max(0, now.column - 1) })),
      Enter: () => actions.open(cursor.row),
      o: () => actions.open(cursor.row, 'raw'),
      f: () => filterAtCursor(false),
      F: () => filterAtCursor(true),
    },
    menu === null,
  );

  return (
    <>
    <div ref={scroll} className={classes.scroll} data-stale={stale || undefined} data-testid="event-table">
      <div role="grid" aria-rowcount={rows.length + 1} aria-colcount={shown.length} aria-label={t('events.table')} className={classes.grid}>
        <div role="row" aria-rowindex={1} className={classes.header} style={{ gridTemplateColumns: template }}>
          <div role="columnheader" className={classes.gutter}>
            <span className="visually-hidden">{t('events.markers')}</span>
          </div>
          {headers.map((header) => {
            const name = header.column.id;
            const sorted = sort?.column === name ? (sort.descending ? 'descending' : 'ascending') : undefined;
            const at = headers.indexOf(header);
            return (
              <div
                key={header.id}
                role="columnheader"
                aria-sort={sorted}
                className={classes.head}
                data-drop={dragged !== null && dragged !== name ? true : undefined}
                draggable={editable && name !== 'Timestamp'}
                onDragStart={(event) => {
                  setDragged(name);
                  event.dataTransfer.effectAllowed = 'move';
                }}
                onDragEnd={() => setDragged(null)}
                onDragOver={(event) => {
                  if (dragged && dragged !== name) event.preventDefault();
                }}
                onDrop={() => {
                  if (dragged && dragged !== name) actions.move(dragged, name);
                  setDragged(null);
                }}
              >
                <Menu position="bottom-start" disabled={!editable}>
                  <Menu.Target>
                    <UnstyledButton className={classes.headName} title={name}>
                      {name}
                      {sorted ? sorted === 'descending' ? <IconArrowDown size={12} /> : <IconArrowUp size={12} /> : null}
                    </UnstyledButton>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => actions.sort(name)}>{sorted === 'descending' ? t('columns.ascending') : t('columns.descending')}</Menu.Item>
                    {name !== 'Timestamp' ? (
                      <>
                        <Menu.Item disabled={at <= 1} onClick={() => actions.move(name, headers[at - 1]?.column.id ?? null)}>
                          {t('columns.left')}
                        </Menu.Item>
                        <Menu.Item disabled={at === headers.length - 1} onClick={() => actions.move(name, headers[at + 2]?.column.id ?? null)}>
                          {t('columns.right')}
                        </Menu.Item>
                        <Menu.Divider />
                        <Menu.Item onClick={() => actions.remove(name)}>{t('columns.remove')}</Menu.Item>
                      </>
                    ) : null}
                  </Menu.Dropdown>
                </Menu>
                <span
                  className={classes.grip}
                  data-active={header.column.getIsResizing() || undefined}
                  onMouseDown={(event) => {
                    event.preventDefault();
                    header.getResizeHandler()(event);
                  }}
                  onTouchStart={header.getResizeHandler()}
                  onDoubleClick={() => setSizing((known) => Object.fromEntries(Object.entries(known).filter(([column]) => column !== name)))}
                />
              </div>
            );
          })}
        </div>
        <div className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index] as Cell[];
            const priority = priorityAt >= 0 ? priorityOf(row[priorityAt]) : null;
            const kind = typeAt >= 0 ? eventTypeName(row[typeAt]) : null;
            return (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={item.index === opened}
                className={classes.row}
                data-cursor={item.index === cursor.row || undefined}
                data-odd={item.index % 2 === 1 || undefined}
                data-priority={priority ?? undefined}
                style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)` }}
                onClick={() => {
                  setCursor((now) => ({ ...now, row: item.index }));
                  actions.open(item.index);
                }}
              >
                <div role="gridcell" className={classes.gutter}>
                  {kind === 'correlation' ? <IconFlag3Filled size={13} className={classes.flag} aria-label={t('events.correlation')} /> : null}
                  {priority ? <Severity priority={priority} iconOnly /> : null}
                </div>
                {shown.map((index, at) => {
                  const column = columns[index] as Column;
                  const value = row[index];
                  const text = cellText(value, column, zone);
                  const plain = isAbsent(value) || isTimeType(column.type);
                  return (
                    <div
                      key={column.name}
                      role="gridcell"
                      className={classes.cell}
                      data-number={isNumberType(column.type) || undefined}
                      data-time={isTimeType(column.type) || undefined}
                      data-focus={(item.index === cursor.row && at === cursor.column) || undefined}
                      title={text.length > 24 ? text : undefined}
                    >
                      {plain ? (
                        text
                      ) : (
                        <span
                          className={classes.value}
                          onClick={(event) => {
                            event.stopPropagation();
                            setCursor({ row: item.index, column: at });
                            setMenu({ field: column.name, value: rawText(value), text, row: item.index, x: event.clientX, y: event.clientY });
                          }}
                        >
                          {text}
                        </span>
                      )}
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
    </div>
    <CellMenu target={menu} canFilter={canFilter} onClose={() => setMenu(null)} onFilter={actions.filter} onExists={actions.exists} onOpen={actions.open} />
    </>
  );
}

function widthOf(column: Column): number {
  if (isTimeType(column.type)) return 188;
  if (/Address$/.test(column.name)) return 128;
  if (/^(Message|Raw|RequestUrl)$/.test(column.name)) return 360;
  if (column.name === 'ID') return 280;
  if (isNumberType(column.type)) return 96;
  if (column.name === 'DeviceHostName') return 120;
  if (column.name === 'DeviceProcessName') return 104;
  if (column.name === 'Name') return 184;
  return 132;
}

/** A last column of text takes the room that is left, unless a person gave it a width; else an empty track does. */
function templateOf(widths: readonly { width: number; sized: boolean }[], last: Column | undefined): string {
  const stretches = last !== undefined && !isNumberType(last.type) && !isTimeType(last.type) && !widths[widths.length - 1]?.sized;
  const tracks = widths.map(({ width }, index) => (stretches && index === widths.length - 1 ? `minmax(${Math.min(width, 200)}px, 1fr)` : `${width}px`));
  return ['40px', ...tracks, ...(stretches ? [] : ['minmax(0, 1fr)'])].join(' ');
}
