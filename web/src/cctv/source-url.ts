// A camera's address with its user and password put in and taken out. Pure.

export interface Login {
  user: string;
  password: string;
}

const HEAD = /^([a-z]+:\/\/)(?:([^/@]*)@)?(.*)$/i;

/** The address with user and password, encoded as the core and the node read them. */
export function withLogin(url: string, login: Login): string {
  const parts = HEAD.exec(url.trim());
  if (!parts || login.user === '') return url.trim();
  const word = login.password === '' ? '' : `:${encodeURIComponent(login.password)}`;
  return `${parts[1]}${encodeURIComponent(login.user)}${word}@${parts[3]}`;
}

/** The bare address, and the user and password that were typed into it. */
export function splitLogin(url: string): { url: string; login: Login } {
  const parts = HEAD.exec(url.trim());
  if (!parts || parts[2] === undefined) return { url: url.trim(), login: { user: '', password: '' } };
  const [user = '', ...rest] = parts[2].split(':');
  return { url: `${parts[1]}${parts[3]}`, login: { user: plain(user), password: plain(rest.join(':')) } };
}

/** rtsp, rtsps and file are streams; all else is taken for the address of a device. */
export function isStream(address: string): boolean {
  return /^(rtsps?|file):\/\//i.test(address.trim());
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
