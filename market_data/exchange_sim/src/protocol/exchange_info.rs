//! exchangeInfo: names, status and filters of the symbols.

use crate::decimal::text_e8;
use crate::listing::Listing;
use crate::protocol::weight::WEIGHT_MAX;
use serde_json::{Value, json};

/// The whole answer for these symbols.
pub fn exchange_info<'a>(listings: impl Iterator<Item = &'a Listing>, server_ms: i64) -> Value {
    json!({
        "timezone": "UTC",
        "serverTime": server_ms,
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": WEIGHT_MAX},
        ],
        "exchangeFilters": [],
        "symbols": listings.filter_map(symbol).collect::<Vec<_>>(),
    })
}

fn symbol(listing: &Listing) -> Option<Value> {
    let spec = &listing.spec;
    let lots = |filter: &str| {
        json!({"filterType": filter, "minQty": text_e8(spec.qty_min.e8()), "maxQty": text_e8(spec.qty_max.e8()),
               "stepSize": text_e8(spec.lot_e8)})
    };
    let price_max = i64::MAX / 1_000_000 / spec.tick_e8 * spec.tick_e8;
    Some(json!({
        "symbol": spec.symbol,
        "status": listing.status.word()?,
        "baseAsset": spec.base,
        "baseAssetPrecision": 8,
        "quoteAsset": spec.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": false,
        "ocoAllowed": false,
        "isSpotTradingAllowed": true,
        "isMarginTradingAllowed": false,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": text_e8(spec.tick_e8), "maxPrice": text_e8(price_max),
             "tickSize": text_e8(spec.tick_e8)},
            lots("LOT_SIZE"),
            lots("MARKET_LOT_SIZE"),
            {"filterType": "NOTIONAL", "minNotional": text_e8(spec.notional_min_e8), "applyMinToMarket": true,
             "maxNotional": "9000000.00000000", "applyMaxToMarket": false, "avgPriceMins": 5},
        ],
        "permissions": ["SPOT"],
    }))
}
