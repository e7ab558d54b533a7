"""pyHanko as judge and as maker of CMS signatures: jobs come as lines of JSON, and so do the answers.

A job names files; nothing is fetched but timestamps. Every path into pyHanko that the tests and the
benches take is in here, so that what it was asked can be read in one place.
"""

import asyncio
import datetime
import hashlib
import json
import pathlib
import resource
import sys
import urllib.request

from asn1crypto import cms, crl, ocsp, pem, tsp, x509
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.ades import (
    ades_basic_validation,
    ades_timestamp_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import StandardCMSSignatureStatus, TimestampSignatureStatus
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer


def main():
    """Answers every line. An answer that is not a verdict says why, and the next line is still read."""
    deeds = {"judge": judge, "stamp": stamp, "make": make, "bench": bench, "tokens": tokens}
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = asyncio.run(deeds[job["do"]](job))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


async def judge(job):
    """A CAdES signature by EN 319 102-1 clause 5.5, or by 5.3 where it has no timestamp: pyHanko has
    clause 5.6 for PDF alone, and calls a signature without a timestamp a failure of 5.5."""
    data = signed_data(job["file"])
    stamped = any(a["type"].native == "signature_time_stamp_token" for a in data["signer_infos"][0]["unsigned_attrs"])
    result = await (ades_with_time_validation if stamped else ades_basic_validation)(
        data, specification(job), status_cls=StandardCMSSignatureStatus, timing_info=timing(job),
        raw_digest=digest(data, job),
    )
    return {"signatures": [verdict(result) | {"level": "T" if stamped else "B"}]}


async def stamp(job):
    """A timestamp token over a file."""
    content = pathlib.Path(job["content"]).read_bytes()
    result = await ades_timestamp_validation(
        signed_data(job["file"]), specification(job), lambda name: hashlib.new(name, content).digest(),
        status_cls=TimestampSignatureStatus, timing_info=timing(job),
    )
    return {"signatures": [verdict(result) | {"level": "timestamp"}]}


async def make(job):
    """A CAdES signature at level B or T; pyHanko has no further level outside PDF."""
    signer = SimpleSigner.load_pkcs12_data(
        pathlib.Path(job["store"]).read_bytes(), [], job["password"].encode()
    )
    stamper = Stamper(job["tsa"]) if job["level"] == "T" else None
    made = await signer.async_sign_general_data(
        pathlib.Path(job["content"]).read_bytes(), "sha256", detached=job["form"] == "detached",
        use_cades=True, timestamper=stamper, signed_attr_settings=PdfCMSSignedAttributes(),
    )
    pathlib.Path(job["out"]).write_bytes(made.dump())
    return {}


async def bench(job):
    """The processor time of many jobs, without the start and after one that is not counted."""
    deed = {"judge": judge, "stamp": stamp}[job["jobs"][0]["do"]]
    await deed(job["jobs"][0])
    before, passed = cpu(), 0
    for one in job["jobs"]:
        passed += (await deed(one))["signatures"][0]["indication"] == "PASSED"
    if passed < len(job["jobs"]):
        raise ValueError(f"{passed} of {len(job['jobs'])} passed")
    return {"ms": (cpu() - before) * 1000 / len(job["jobs"])}


async def tokens(job):
    """The processor time of a CAdES-B with a key on a token, without the start and the login."""
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    session = open_pkcs11_session(job["module"], token_criteria=TokenCriteria(label=job["token"]), user_pin=job["pin"])
    signer = PKCS11Signer(
        session, signing_cert=certificate(pathlib.Path(job["certificate"])), key_label=job["key"],
        ca_chain=[certificate(pathlib.Path(path)) for path in job["chain"]], use_raw_mechanism=job["raw"],
    )

    async def sign(path):
        signed = await signer.async_sign_general_data(
            path.read_bytes(), "sha256", use_cades=True, signed_attr_settings=PdfCMSSignedAttributes()
        )
        pathlib.Path(job["out"], path.name + ".p7s").write_bytes(signed.dump())

    paths = [pathlib.Path(path) for path in job["files"]]
    await sign(paths[0])
    before = cpu()
    for path in paths:
        await sign(path)
    return {"ms": (cpu() - before) * 1000 / len(paths)}


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def verdict(result):
    passed = result.ades_subindic.status.name == "PASSED"
    return {
        "indication": result.ades_subindic.status.name,
        "sub_indication": "" if passed else result.ades_subindic.standard_name,
        "errors": [] if passed else [str(result.failure_msg)],
    }


def digest(data, job):
    """What a detached signature is compared with."""
    if "content" not in job:
        return None
    taken = hashlib.new(data["signer_infos"][0]["digest_algorithm"]["algorithm"].native)
    with open(job["content"], "rb") as file:
        while piece := file.read(1 << 18):
            taken.update(piece)
    return taken.digest()


def signed_data(path):
    return cms.ContentInfo.load(pathlib.Path(path).read_bytes())["content"]


def timing(job):
    """The moment at which the job is judged."""
    if "at" not in job:
        return ValidationTimingInfo.now(tz=datetime.timezone.utc)
    at = datetime.datetime.fromisoformat(job["at"])
    return ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)


SPECIFICATIONS = {}


def specification(job):
    """The settings of a job, read once for all that share them."""
    key = json.dumps([job["trust"], job.get("evidence", [])])
    if key not in SPECIFICATIONS:
        SPECIFICATIONS[key] = specify(job["trust"], job.get("evidence", []))
    return SPECIFICATIONS[key]


def specify(trust, evidence):
    """Revocation must be known of everybody, and nothing is asked of the network."""
    kept = {"crl": [], "ocsp": [], "cert": []}
    for path in evidence:
        kind, value = evidence_in(pathlib.Path(path))
        kept[kind].append(value)
    return SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=[certificate(pathlib.Path(path)) for path in trust]),
            revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=REQUIRE_REVINFO),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=LocalKnowledge(
            known_crls=[CRLContainer(value) for value in kept["crl"]],
            known_ocsps=[one for value in kept["ocsp"] for one in OCSPContainer.load_multi(value)],
            known_certs=kept["cert"],
        ),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )


def evidence_in(path):
    if path.suffix == ".crl":
        return "crl", crl.CertificateList.load(path.read_bytes())
    if path.suffix == ".ors":
        return "ocsp", ocsp.OCSPResponse.load(path.read_bytes())
    return "cert", certificate(path)


def certificate(path):
    data = path.read_bytes()
    return x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data)


class Stamper(TimeStamper):
    """An authority on this machine, asked by what Python itself has."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    async def async_request_tsa_response(self, req):
        asked = urllib.request.Request(self.url, req.dump(), {"Content-Type": "application/timestamp-query"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return tsp.TimeStampResp.load(answer.read())


if __name__ == "__main__":
    main()
