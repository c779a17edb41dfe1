(() => {
  const root = document.documentElement;
  const key = 'swingup-theme';
  let remembered = null;
  try { remembered = localStorage.getItem(key); } catch {}
  if (remembered === 'light' || remembered === 'dark') root.dataset.theme = remembered;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : system.matches;
  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('page-theme');
    const tell = () => button.setAttribute('aria-pressed', String(dark()));
    button.addEventListener('click', () => {
      root.dataset.theme = dark() ? 'light' : 'dark';
      try { localStorage.setItem(key, root.dataset.theme); } catch {}
      tell();
    });
    system.addEventListener('change', tell);
    button.hidden = false;
    tell();
  });
})();
