// What fees are in the language of GST. The registration of who runs the platform (`gst_registrations`) is a row of
// theirs: without one no invoice is made (docs/commissions.md).
const SOURCE =
  'GST rate schedule of services, heading 9971; 18 % unchanged on 22-Sep-2025. The heading is to be verified';
const SERVICES = ['payout', 'dmt', 'bbps', 'recharge', 'aeps', 'settlement', 'validation'];

export const sql = `
  insert into gst_services (service, in_force_from, sac, rate_bps, source) values
    ${SERVICES.map((service) => `('${service}', '2017-07-01', '9971', 1800, '${SOURCE}')`).join(', ')};
`;
