import { openApiDocument } from '../openapi/document';
import { ADMIN_ROUTES } from './routes';

test('the API for staff describes itself, and each of its routes asks for a sign-in of staff', () => {
  const { paths, components } = openApiDocument(ADMIN_ROUTES, '1.0.0');
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  expect(operations).toHaveLength(ADMIN_ROUTES.length);
  for (const operation of operations)
    expect(operation).toMatchObject({ security: [{ staffSignIn: [] }, { staffSession: [] }] });
  expect(components).toHaveProperty('securitySchemes.staffSignIn.scheme', 'bearer');
  expect(components).toHaveProperty('securitySchemes.staffSession.in', 'cookie');
  expect(components).not.toHaveProperty('securitySchemes.apiKey');
});
