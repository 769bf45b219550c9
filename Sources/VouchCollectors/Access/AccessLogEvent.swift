import VouchModel

/// One event of an access system's log that gave somebody access.
struct AccessLogEvent {
  var id: String?
  /// The system as its accounts name it: `okta`, `entra`, `google`.
  let system: String
  /// Names of the beneficiary, the best first: the sign-in name, else the id.
  var beneficiary: String?
  var roles: [String]
  var at: Instant?
  var place: String

  /// The grant; nil and a diagnostic when a field is missing without which it cannot be tested.
  func record(_ format: String, _ item: EvidenceItem, _ reading: Reading) -> Record? {
    let why = "a grant that names neither who nor when is in no population"
    guard let id else {
      reading.diagnose(.missingField(format, "id", at: item.at(place), why: why))
      return nil
    }
    guard let beneficiary else {
      reading.diagnose(.missingField(format, "target", at: item.at(place), why: why))
      return nil
    }
    guard let at else {
      reading.diagnose(.missingField(format, "time", at: item.at(place), why: why))
      return nil
    }
    var record = Record(.access_grant, place: place)
    record["grant_id"] = .text(id)
    record["person_id"] = .text(beneficiary)
    record["system"] = .text(system)
    record["roles"] = .list(roles)
    record["granted_at"] = .instant(at)
    return record
  }
}
