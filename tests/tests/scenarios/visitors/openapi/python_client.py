"""Recommends and clicks with the client that openapi-python-client made of the served contract in ./avzeus_client."""

import os
import sys

sys.path.insert(0, os.getcwd())

from avzeus_client import Client
from avzeus_client.api.clicks import click
from avzeus_client.api.recommendations import recommendation, representatives
from avzeus_client.models import ClickAnswer, ClickRequest, Problem, RecommendationRequest, Representatives, Slate

client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)

faces = representatives.sync(client=client)
assert isinstance(faces, Representatives), faces
assert len(faces.representatives) == 9, faces

asked = RecommendationRequest(catalogue_version=faces.catalogue_version, ranking=[4, 0, 8, 2, 6])
slate = recommendation.sync(client=client, body=asked)
assert isinstance(slate, Slate), slate
assert [person.rank for person in slate.people] == list(range(1, 11)), slate

clicked = ClickRequest(recommendation_id=slate.recommendation_id, person_id=slate.people[2].id)
answer = click.sync_detailed(client=client, body=clicked)
assert answer.status_code == 202 and isinstance(answer.parsed, ClickAnswer), answer
assert answer.parsed.rank == 3 and not answer.parsed.duplicate, answer

again = click.sync_detailed(client=client, body=clicked)
assert again.status_code == 200 and again.parsed.duplicate, again

refused = recommendation.sync(
    client=client, body=RecommendationRequest(catalogue_version=faces.catalogue_version, ranking=[4, 4, 8, 2, 6])
)
assert isinstance(refused, Problem) and refused.field == "ranking", refused

print(f"a click on rank {answer.parsed.rank} earned {answer.parsed.reward}")
