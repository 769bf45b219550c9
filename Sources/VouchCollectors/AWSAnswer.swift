import Foundation
import VouchModel

/// What the AWS command line prints: one JSON object per call.
///
/// Recordings of the API wrap it as `{"status_code", "data"}` and write times as objects of parts.
struct AWSAnswer {
  let json: JSON
  /// JSON pointer of the answer inside the evidence.
  let pointer: String

  /// The answer in an item; nil, with a diagnostic, when it is no JSON or reports an error.
  init?(_ item: EvidenceItem, format: String, _ reading: Reading) throws {
    guard let root = try item.json(format: format, reading) else { return nil }
    let isWrapped = root.has("status_code") && root.has("data")
    json = isWrapped ? root["data"] : root
    pointer = isWrapped ? "/data" : ""
    // RDS names its next page Marker, and says nothing else of it.
    let next = ["NextToken", "nextToken", "Marker"].first { json[$0].text != nil }
    reading.checkNextPage(
      format, isThere: json["IsTruncated"].flag == true || next != nil,
      field: next ?? "IsTruncated")
  }

  /// A time as ISO text, as epoch seconds with decimals, or as an object of parts in UTC.
  static func instant(_ value: JSON) -> Instant? {
    guard case .object = value else { return value.instant }
    guard let year = value["year"].integer, let month = value["month"].integer,
      let day = value["day"].integer
    else { return nil }
    return WrittenTime(
      year: year, month: month, day: day, hour: value["hour"].integer ?? 0,
      minute: value["minute"].integer ?? 0, second: value["second"].integer ?? 0,
      zone: .offset(0))?.instant
  }
}

/// A principal of IAM, from its resource name `arn:aws:iam::123456789012:user/path/name`.
struct AWSPrincipal {
  /// How the credential report writes the owner of an account.
  static let root = "<root_account>"

  let account: String
  /// The user's name, without its path: names are unique in an account, whatever their path.
  let name: String

  init?(arn: String) {
    let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", !parts[4].isEmpty else { return nil }
    let resource = parts[5].split(separator: "/")
    guard let last = resource.last else { return nil }
    account = String(parts[4])
    if resource.count == 1, last == "root" {
      name = Self.root
    } else if resource.first == "user", resource.count > 1 {
      name = String(last)
    } else {
      return nil
    }
  }

  init(account: String, name: String) {
    self.account = account
    self.name = name
  }

  var isRoot: Bool { name == Self.root }

  /// `123456789012/name`: the same for every export that speaks of this user.
  var id: String { "\(account)/\(name)" }
}
