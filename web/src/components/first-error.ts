// A form that was refused may be longer than the window: what is wrong must be seen.
import { tick } from 'svelte';

/** Brings the first thing that is wrong in `form` into sight, and the cursor into its field. */
export async function showFirstError(form: HTMLFormElement): Promise<void> {
  await tick();
  const first = form.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]');
  first?.scrollIntoView({ block: 'center' });
  if (first instanceof HTMLInputElement) first.focus({ preventScroll: true });
}
