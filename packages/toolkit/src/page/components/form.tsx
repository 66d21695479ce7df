import type { ComponentChildren } from 'preact';

interface FormProps {
  readonly action: string;
  readonly csrf: string;
  readonly class?: string;
  /** What the form is for, where its button alone does not say it. */
  readonly label?: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly children: ComponentChildren;
}

/** A form with its token. */
export function Form({ action, csrf, class: name, label, hidden = {}, children }: FormProps) {
  return (
    <form method="post" action={action} class={name} aria-label={label}>
      <input type="hidden" name="csrf" value={csrf} />
      {Object.entries(hidden).map(([field, value]) => (
        <input type="hidden" name={field} value={value} key={field} />
      ))}
      {children}
    </form>
  );
}
