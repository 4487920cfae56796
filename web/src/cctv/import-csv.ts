// A table of cameras on its way to the core, and the template to begin with.
import { coreFetch } from '@/api/fetch';
import type { components } from '@/api/schema';

export type ImportResult = components['schemas']['ImportOut'];
export type Complaint = components['schemas']['ComplaintOut'];
export type OnExisting = components['schemas']['OnExisting'];

const COLUMNS =
  'name;source_url;lat;lon;bearing_deg;field_of_view_deg;range_m;purpose;retention_h;' +
  'sub_url;onvif_url;node;analyse;critical;keep_audio;enabled';
const EXAMPLE =
  'Simpang Pasar;rtsp://admin:rahasia@10.0.0.5/main;-6,2;106,6;90;70;60;lalu lintas;168;' +
  'rtsp://admin:rahasia@10.0.0.5/sub;http://10.0.0.5/onvif/device_service;;ya;tidak;tidak;ya';

/** With a mark at its head: spreadsheets take it for UTF-8 only so. */
export function template(): Blob {
  return new Blob(['\ufeff', `${COLUMNS}\r\n${EXAMPLE}\r\n`], { type: 'text/csv;charset=utf-8' });
}

/** What the table would do, or what it did. */
export async function importTable(file: Blob, existing: OnExisting, dryRun: boolean): Promise<ImportResult> {
  const url = new URL('/api/v1/cctv/cameras/import', location.origin);
  url.searchParams.set('dry_run', String(dryRun));
  url.searchParams.set('existing', existing);
  const form = new FormData();
  form.append('table', file, 'cameras.csv');
  const answer = await coreFetch(new Request(url, { method: 'POST', body: form }));
  return (await answer.json()) as ImportResult;
}
