import { expect, it } from 'vitest';
import { isStream, splitLogin, withLogin } from './source-url';

it('puts user and password in and takes them out, whatever signs they hold', () => {
  const login = { user: 'admin', password: 'k@mera/1:2%' };
  const url = withLogin('rtsp://10.0.0.5:554/main?x=1', login);
  expect(url).toBe('rtsp://admin:k%40mera%2F1%3A2%25@10.0.0.5:554/main?x=1');
  expect(splitLogin(url)).toEqual({ url: 'rtsp://10.0.0.5:554/main?x=1', login });
  expect(withLogin('rtsp://10.0.0.5/main', { user: '', password: 'x' })).toBe('rtsp://10.0.0.5/main');
  expect(splitLogin('rtsp://a:100%@h/x').login.password).toBe('100%');
});

it('tells a stream from a device', () => {
  expect(['rtsp://a/b', 'RTSPS://a', 'file:///a.mp4'].every(isStream)).toBe(true);
  expect(['10.0.0.5', 'http://10.0.0.5/onvif', 'kamera.local:8080'].some(isStream)).toBe(false);
});
