// A Vendure 3 with its own defaults and a database in memory, by the driver that needs nothing compiled: `node server.cjs PORT PASSWORD`.
const { bootstrap, DefaultLogger, LogLevel, dummyPaymentHandler } = require('@vendure/core');

const [port, password] = [Number(process.argv[2]), process.argv[3]];
bootstrap({
  apiOptions: { port, hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: {
    tokenMethod: ['bearer'],
    superadminCredentials: { identifier: 'superadmin', password },
    requireVerification: false,
    cookieOptions: { secret: 'only for tests' },
  },
  dbConnectionOptions: { type: 'sqljs', autoSave: false, synchronize: true, logging: false },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Error }),
  plugins: [],
})
  .then(() => console.log('READY'))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
