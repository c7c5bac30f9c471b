import { ActionIcon, Popover } from '@mantine/core';
import { IconCopy, IconFingerprint } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { copyText } from '@/shared/clipboard';
import { Failure, Loading } from '@/shared/ui/states';
import classes from './Fingerprint.module.css';

/** What a collector is configured to do, as a short text to compare with that of its twin, and the parts that it is made of. */
export function Fingerprint({ name, fingerprint }: { name: string; fingerprint: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" width={380} withinPortal trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className={classes.chip} title={t('sources.configurationHint')} aria-expanded={open} data-testid="fingerprint" onClick={() => setOpen(!open)}>
          <IconFingerprint size={14} stroke={1.7} aria-hidden />
          {t('sources.configuration')} <span className="mono">{fingerprint}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown p={0}>{open ? <Parts name={name} fingerprint={fingerprint} /> : null}</Popover.Dropdown>
    </Popover>
  );
}

function Parts({ name, fingerprint }: { name: string; fingerprint: string }) {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['collectors', name, 'configuration', fingerprint], queryFn: () => api.configuration(name), staleTime: Infinity });
  return (
    <section className={classes.parts} aria-label={t('sources.configurationOf', { name })} data-testid="configuration">
      <header>
        <div>
          <strong>{t('sources.configurationOf', { name })}</strong>
          <p>{t('sources.configurationHint')}</p>
        </div>
        <ActionIcon size={26} aria-label={t('sources.copyFingerprint')} title={t('sources.copyFingerprint')} onClick={() => void copyText(fingerprint)}>
          <IconCopy size={15} />
        </ActionIcon>
      </header>
      {query.isPending ? (
        <Loading rows={4} height={22} />
      ) : query.error ? (
        <Failure error={query.error} compact retry={() => void query.refetch()} />
      ) : (
        <dl>
          {Object.entries(query.data.parts)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([part, hash]) => (
              <div key={part}>
                <dt>{part}</dt>
                <dd className="mono">{hash}</dd>
              </div>
            ))}
        </dl>
      )}
    </section>
  );
}
