// How long a payment that failed for our balance at the provider waits before it is sent again. It goes earlier when
// the provider reports a balance that covers it.
export const sql = `
  update provider_policies set funds_retry_ms = '{60000,120000,300000,600000,900000}' where profile = 'production';
  update provider_policies set funds_retry_ms = '{1000,2000,4000}' where profile = 'development';
`;
