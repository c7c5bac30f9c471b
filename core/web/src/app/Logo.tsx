/** The bell: brass outline, verdigris clapper. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <path
        d="M16 4.6c-5 0-7.6 3.6-7.6 8.3 0 4.4-1.1 6.5-2.8 8.4h20.8c-1.7-1.9-2.8-4-2.8-8.4 0-4.7-2.6-8.3-7.6-8.3Z"
        stroke="var(--brass)"
        strokeWidth="2.1"
        strokeLinejoin="round"
      />
      <path d="M16 11.4v9.4" stroke="var(--accent)" strokeWidth="2.1" strokeLinecap="round" />
      <circle cx="16" cy="24.6" r="2.4" fill="var(--accent)" />
      <path d="M3.4 9.6c.5-2.2 1.5-4 3-5.4M28.6 9.6c-.5-2.2-1.5-4-3-5.4" stroke="var(--brass)" strokeWidth="1.7" strokeLinecap="round" opacity=".75" />
    </svg>
  );
}
