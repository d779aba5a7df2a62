//! What the routes and the watchers share.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use proto::v1::cataloguer_client::CataloguerClient;
use proto::v1::collector_client::CollectorClient;
use proto::v1::embedder_client::EmbedderClient;
use runtime::grpc::channel;
use store::{Catalogues, Crops, KeptAnswers, RequestCounts};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::access::Access;
use crate::admin_door::AdminToken;
use crate::away::Away;
use crate::config::Limits;
use crate::http_policy::PolicyView;
use crate::idempotency::Idempotency;
use crate::impressions::ShownImpressions;
use crate::judging::Judging;
use crate::on_catalogue_published::GroupsByPhoto;
use crate::on_roster_changed::DisplayConsents;
use crate::rate_limit::RateLimit;
use crate::recommender::Recommender;
use crate::served_catalogue::ServedCatalogue;
use crate::shrinking::Shrinking;
use crate::{Config, GatewayError};

/// Longest wait for the recommender: it answers in milliseconds or not at all.
const RECOMMENDER_PATIENCE: Duration = Duration::from_secs(3);

/// Largest description of a catalogue, in bytes: some hundreds a person.
const CATALOGUE_BYTES: usize = 64 << 20;

/// One gateway. Channels connect when first used, so making it needs nobody to be there.
pub(crate) struct App {
    pub(crate) bus: Bus,
    pub(crate) crops: Crops,
    pub(crate) catalogues: Catalogues,
    pub(crate) impressions: ShownImpressions,
    pub(crate) rate: RateLimit,
    pub(crate) idempotency: Idempotency,
    pub(crate) recommender: Recommender,
    pub(crate) embedder: EmbedderClient<Channel>,
    pub(crate) collector: CollectorClient<Channel>,
    pub(crate) cataloguer: CataloguerClient<Channel>,
    /// The policy as it stands.
    pub(crate) policy: watch::Sender<PolicyView>,
    /// The catalogue that the recommender answers from; `None` before the first.
    pub(crate) served: watch::Sender<Option<ServedCatalogue>>,
    /// What there is no catalogue for want of, in the cataloguer's words; empty where there is one, or where it is not known.
    pub(crate) obstacle: watch::Sender<String>,
    /// Told when a catalogue was published: the recommender is about to answer from it.
    pub(crate) published: Notify,
    pub(crate) groups: GroupsByPhoto,
    pub(crate) consents: DisplayConsents,
    pub(crate) shrinking: Shrinking,
    /// Places for listeners of the live events.
    pub(crate) listeners: Arc<Semaphore>,
    pub(crate) limits: Limits,
    pub(crate) access: Access,
    /// What operators judge policies by.
    pub(crate) judging: Judging,
    /// What lets operators in; without it there is nothing for them.
    pub(crate) admin: Option<AdminToken>,
    pub(crate) shutdown: CancellationToken,
}

impl App {
    pub(crate) fn new(
        config: &Config,
        bus: Bus,
        shutdown: CancellationToken,
    ) -> Result<Arc<Self>, GatewayError> {
        let recommender = channel(&config.recommend_url, RECOMMENDER_PATIENCE)?;
        let embedder = channel(&config.embed_url, config.limits.request_time())?;
        let collector = channel(&config.ingest_url, config.limits.request_time())?;
        let cataloguer = channel(&config.cluster_url, config.limits.request_time())?;
        let cataloguer = CataloguerClient::new(cataloguer).max_decoding_message_size(CATALOGUE_BYTES);
        let (redis, namespace) = (&config.redis, &config.bus.namespace);
        Ok(Arc::new(Self {
            impressions: ShownImpressions::open(redis, namespace, bus.clone())?,
            rate: RateLimit {
                counts: RequestCounts::open(redis, namespace)?,
                redis: Away::new("no caller's requests are counted"),
            },
            idempotency: Idempotency {
                answers: KeptAnswers::open(redis, namespace)?,
                redis: Away::new("idempotency keys are passed over"),
            },
            bus,
            crops: Crops::open(&config.objects)?,
            catalogues: Catalogues::open(&config.objects)?,
            recommender: Recommender::new(recommender),
            embedder: EmbedderClient::new(embedder),
            collector: CollectorClient::new(collector),
            cataloguer,
            policy: watch::Sender::new(PolicyView::unpublished()),
            served: watch::Sender::new(None),
            obstacle: watch::Sender::new(String::new()),
            published: Notify::new(),
            groups: GroupsByPhoto::default(),
            consents: DisplayConsents::default(),
            shrinking: Shrinking::default(),
            listeners: Arc::new(Semaphore::new(config.limits.listeners)),
            limits: config.limits.clone(),
            access: config.access.clone(),
            judging: Judging::new(&config.judging),
            admin: config.access.admin_token()?,
            shutdown,
        }))
    }
}
