import Foundation
import VouchModel

extension Record {
  /// A row for an account; what the export does not say stays NULL.
  ///
  /// Several exports speak of one account: the users, their factors, their roles. Each gives rows
  /// with its own columns only, under the same `source` and `account_id`; the store merges them.
  static func account(
    source: String, id: String, names: [String?] = [], place: String
  ) -> Record {
    var record = Record(.account, place: place)
    record["source"] = .text(source)
    record["account_id"] = .text(id)
    var seen: [String] = []
    for name in names.compactMap({ $0?.lowercased() }) where !seen.contains(name) {
      seen.append(name)
    }
    if !seen.isEmpty { record["names"] = .list(seen) }
    return record
  }
}

/// A key as the `keys` column of an account holds it.
struct AccountKey {
  var id: String
  var active: Bool?
  var rotatedAt: Instant?
  var lastUsedAt: Instant?

  private var json: String {
    let flag = active.map { $0 ? "true" : "false" } ?? "null"
    return
      "{\"id\":\(JSONText.quoted(id)),\"active\":\(flag),\"rotated_at\":\(seconds(rotatedAt)),"
      + "\"last_used_at\":\(seconds(lastUsedAt))}"
  }

  private func seconds(_ instant: Instant?) -> String {
    instant.map { String($0.seconds) } ?? "null"
  }

  static func column(_ keys: [AccountKey]) -> Value {
    .text("[" + keys.map(\.json).joined(separator: ",") + "]")
  }
}
