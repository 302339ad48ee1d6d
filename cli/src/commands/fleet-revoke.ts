// `fleet revoke`: a key taken away, wherever it is trusted.
import { runCampaign } from '../fleet/campaign.ts';
import type { Handler } from '../tree/spec.ts';

export const fleetRevoke: Handler = (call) => runCampaign(call, 'revoke');
