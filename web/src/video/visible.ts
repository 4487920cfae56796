// Tells whether an element can be seen: on the screen, in a page that is shown. Hiding counts only after a
// moment, so that scrolling past does not cut a picture.
const HIDE_AFTER_MS = 1500;

export function watchVisible(element: Element, onchange: (visible: boolean) => void): () => void {
  let inside = true;
  let told: boolean | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (visible: boolean): void => {
    if (told === visible) return;
    told = visible;
    onchange(visible);
  };
  const decide = (): void => {
    clearTimeout(timer);
    if (inside && !document.hidden) tell(true);
    else timer = setTimeout(() => tell(false), HIDE_AFTER_MS);
  };
  const observer = new IntersectionObserver((entries) => {
    inside = entries.at(-1)?.isIntersecting ?? true;
    decide();
  });
  observer.observe(element);
  document.addEventListener('visibilitychange', decide);
  decide();
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener('visibilitychange', decide);
  };
}
