//! `Describe` and `Rebuild`: the catalogue as it is being made.

use std::sync::Arc;

use bus::{Bus, Stream};
use proto::v1;
use proto::v1::cataloguer_server::Cataloguer;
use runtime::failure::grpc_status;
use tokio::sync::{mpsc, oneshot};
use tonic::{Request, Response, Status};

use crate::ClusterError;
use crate::publication::Asked;
use crate::table::Table;

/// Answers `Cataloguer`.
pub(crate) struct Describe {
    table: Arc<Table>,
    rebuilds: mpsc::Sender<Asked>,
    bus: Bus,
}

impl Describe {
    pub(crate) fn new(table: Arc<Table>, rebuilds: mpsc::Sender<Asked>, bus: Bus) -> Self {
        Self { table, rebuilds, bus }
    }

    async fn answer(&self, person: &str) -> Result<Response<v1::DescribeReply>, Status> {
        let stored = self.bus.extent(Stream::CropsStored).await.map_err(|e| grpc_status(&e))?;
        Ok(Response::new(self.describe(person, stored.messages as u32)))
    }

    fn describe(&self, person: &str, crops_stored: u32) -> v1::DescribeReply {
        let built = self.table.built();
        let rows = self.table.rows();
        let crops = rows.values().map(|row| row.crops.len() as u32).sum();
        let Some(built) = built.as_ref() else {
            return v1::DescribeReply { crops, crops_stored, ..v1::DescribeReply::default() };
        };
        let wanted = built.findings.iter().filter(|(id, _)| person.is_empty() || id.as_str() == person);
        let people = wanted.map(|(id, finding)| v1::DescribedPerson {
            person: id.to_string(),
            name: rows.get(id).and_then(|r| r.enrolled.as_ref()).map_or_else(String::new, |e| e.name.clone()),
            group: built.groups.get(id).map(|&g| g as u32),
            left_out: finding.left_out.clone(),
            crops: finding
                .verdicts
                .iter()
                .map(|(crop, v)| v1::CropVerdict { crop: crop.to_string(), cosine: v.cosine, kept: v.kept })
                .collect(),
        });
        let people = people.collect();
        let catalogue = built.catalogue.as_ref();
        v1::DescribeReply {
            catalogue_version: catalogue.map_or_else(String::new, |c| c.version.clone()),
            profile: catalogue.map_or_else(String::new, |c| c.profile.clone()),
            crops,
            crops_stored,
            crops_in_catalogue: built.crops as u32,
            people,
            representatives: catalogue.map_or_else(Vec::new, |c| {
                c.groups.iter().map(|g| c.people[g.representative].id.to_string()).collect()
            }),
        }
    }
}

#[tonic::async_trait]
impl Cataloguer for Describe {
    async fn describe(
        &self,
        request: Request<v1::DescribeRequest>,
    ) -> Result<Response<v1::DescribeReply>, Status> {
        self.answer(&request.into_inner().person).await
    }

    async fn rebuild(&self, _: Request<v1::RebuildRequest>) -> Result<Response<v1::DescribeReply>, Status> {
        let (told, rebuilt) = oneshot::channel();
        let reading = |_| grpc_status(&ClusterError::Reading);
        self.rebuilds.try_send(told).map_err(|_| grpc_status(&ClusterError::Reading))?;
        rebuilt.await.map_err(reading)?.map_err(|e| grpc_status(&e))?;
        self.answer("").await
    }
}
