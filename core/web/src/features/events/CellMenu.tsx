import { Menu } from '@mantine/core';
import { IconCopy, IconFilterMinus, IconFilterPlus, IconFilterQuestion, IconLayoutSidebarRightExpand } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { copyText } from '@/shared/clipboard';
import classes from './EventTable.module.css';

export interface CellTarget {
  field: string;
  value: string;
  text: string;
  row: number;
  x: number;
  y: number;
}

interface Props {
  target: CellTarget | null;
  canFilter: boolean;
  onClose: () => void;
  onFilter: (field: string, value: string, negated: boolean) => void;
  onExists: (field: string) => void;
  onOpen: (row: number) => void;
}

/** What can be done with one value, at the pointer. */
export function CellMenu({ target, canFilter, onClose, onFilter, onExists, onOpen }: Props) {
  const { t } = useTranslation();
  return (
    <Menu opened={target !== null} onClose={onClose} position="bottom-start" offset={2} withinPortal returnFocus={false}>
      <Menu.Target>
        <span className={classes.anchor} style={{ left: target?.x ?? 0, top: target?.y ?? 0 }} />
      </Menu.Target>
      {target ? (
        <Menu.Dropdown data-testid="cell-menu">
          <Menu.Label>
            <span className={classes.menuLabel}>
              {target.field} = {target.text || t('cell.emptyValue')}
            </span>
          </Menu.Label>
          <Menu.Item disabled={!canFilter} leftSection={<IconFilterPlus size={15} />} rightSection={<kbd>f</kbd>} onClick={() => onFilter(target.field, target.value, false)} data-testid="filter-for">
            {t('cell.for')}
          </Menu.Item>
          <Menu.Item disabled={!canFilter} leftSection={<IconFilterMinus size={15} />} onClick={() => onFilter(target.field, target.value, true)} data-testid="filter-out">
            {t('cell.out')}
          </Menu.Item>
          <Menu.Item disabled={!canFilter} leftSection={<IconFilterQuestion size={15} />} onClick={() => onExists(target.field)}>
            {t('cell.exists')}
          </Menu.Item>
          <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => void copyText(target.text)}>
            {t('cell.copy')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLayoutSidebarRightExpand size={15} />} rightSection={<kbd>⏎</kbd>} onClick={() => onOpen(target.row)}>
            {t('cell.open')}
          </Menu.Item>
        </Menu.Dropdown>
      ) : null}
    </Menu>
  );
}
