// Collections. Amounts: a gateway takes no less than a rupee; the most is ours (a full-KYC wallet of RBI's Master
// Direction on PPIs of 27-Aug-2021 may hold 200,000 rupees, of which one load takes half). Half an hour to pay is ours
// as well, and the quarter of an hour for a payment that was begun in time: Razorpay's orders do not end by
// themselves. The platform bears what the gateway takes until a row says otherwise. Turnaround: RBI
// DPSS.CO.PD No.629/02.01.014/2019-20, card not present and UPI at merchants, T+5.
export const sql = `
  insert into service_policies (service, profile, expire_after_ms, turnaround_days)
    values ('collection', 'production', 600000, 5), ('collection', 'development', 120000, 5);
  insert into amount_limits values ('collection', 'wallet_load', '2026-04-01', 100, 10000000);
  insert into collection_policies values ('production', '2026-04-01', 1800000, 900000),
    ('development', '2026-04-01', 600000, 60000);
  insert into collection_charges values ('wallet_load', '2026-04-01', 0);
  insert into gst_services (service, in_force_from, sac, rate_bps, source) values ('collection', '2017-07-01', '9971',
    1800, 'GST rate schedule of services, heading 9971; 18 % unchanged on 22-Sep-2025. The heading is to be verified');

  insert into permissions (name, does) values ('collection.write', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does,
      case r.kind when 'app' then 'own' else 'all' end
    from roles r cross join permissions p where p.name = 'collection.write' and (r.kind = 'app' or r.name = 'founder');
`;
