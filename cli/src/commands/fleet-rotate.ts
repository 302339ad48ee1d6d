// `fleet rotate`: another key in the place of one, wherever it is trusted.
import { runCampaign } from '../fleet/campaign.ts';
import type { Handler } from '../tree/spec.ts';

export const fleetRotate: Handler = (call) => runCampaign(call, 'rotate');
