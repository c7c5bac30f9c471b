import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Shortcuts.module.css';

const groups = [
  { title: 'everywhere', keys: [['Ctrl K', 'palette'], ['?', 'help'], ['/', 'search'], ['g e', 'events'], ['g a', 'alerts'], ['g s', 'sources'], ['g r', 'rules'], ['g l', 'lists'], ['g p', 'responses'], ['g h', 'health'], ['Esc', 'close']] },
  { title: 'inEvents', keys: [['Ctrl Enter', 'run'], ['j k', 'move'], ['Enter', 'open'], ['o', 'raw'], ['f', 'filterFor'], ['← →', 'cell'], ['b', 'rail'], ['l', 'live']] },
  { title: 'inAlerts', keys: [['j k', 'move'], ['x', 'select'], ['a', 'assignMe'], ['s', 'status'], ['p', 'priority'], ['c', 'closeAlert'], ['n', 'comment'], ['o', 'openEvents']] },
] as const;

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t('shortcuts.title')} size={760}>
      <div className={classes.groups}>
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{t(`shortcuts.${group.title}`)}</h3>
            <dl>
              {group.keys.map(([keys, name]) => (
                <div key={name}>
                  <dt>{keys.split(' ').map((key) => <kbd key={key}>{key}</kbd>)}</dt>
                  <dd>{t(`shortcuts.${name}`)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
