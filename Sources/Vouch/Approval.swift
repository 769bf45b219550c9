import Foundation
import VouchModel
import VouchPackages

/// Who approved which content for the public: `output/public-approval.json`, beside the page and
/// not part of it, since the page names no person.
public struct Approval: Sendable, Hashable {
  /// `Name, role`.
  public let approvedBy: String
  public let approvedAt: Instant
  /// Digest over names and digests of the files.
  public let content: Digest
  public let files: [PublicFileDigest]
  /// SHA-256 of the private package's tag manifest.
  public let package: String
  /// The last day on which the page is valid.
  public let validUntil: String
  /// Approvals before this one, the newest first: who, when, which content.
  public let earlier: [Earlier]

  public struct Earlier: Sendable, Hashable {
    public let approvedBy: String
    public let approvedAt: Instant
    public let content: Digest
  }

  public struct PublicFileDigest: Sendable, Hashable {
    public let name: String
    public let digest: Digest
  }

  static let file = "public-approval.json"

  init(
    files: [PackageFile], by person: String, at moment: Instant, package: String,
    validUntil: String, after last: Approval?
  ) {
    approvedBy = person
    approvedAt = moment
    self.files = files.map { PublicFileDigest(name: $0.path, digest: .sha256($0.bytes)) }
    content = Self.digest(of: files)
    self.package = package
    self.validUntil = validUntil
    earlier =
      last.map {
        [
          Earlier(
            approvedBy: $0.approvedBy, approvedAt: $0.approvedAt, content: $0.content)
        ] + $0.earlier
      } ?? []
  }

  /// One digest for all files: of the lines `<sha256>  <name>`, sorted by name.
  static func digest(of files: [PackageFile]) -> Digest {
    .sha256(
      files.sorted { $0.path < $1.path }.map { "\(Digest.sha256($0.bytes))  \($0.path)\n" }
        .joined())
  }

  /// `Name, role`, both of them words.
  static func isNameAndRole(_ text: String) -> Bool {
    let parts = text.split(separator: ",", maxSplits: 1).map { part in
      part.filter(\.isLetter).count
    }
    return parts.count == 2 && parts.allSatisfy { $0 >= 2 }
  }

  var text: String {
    var out = JSONWriter()
    out.object {
      $0.put("schema", "vouch-approval/1")
      $0.put("approved_by", approvedBy)
      $0.put("approved_at", approvedAt.iso8601)
      $0.put("content_sha256", content.hex)
      $0.put("package_tag_manifest_sha256", package)
      $0.put("valid_until", validUntil)
      $0.array("files", files) { writer, file in
        writer.object {
          $0.put("name", file.name)
          $0.put("sha256", file.digest.hex)
        }
      }
      $0.array("earlier", earlier) { writer, approval in
        writer.object {
          $0.put("approved_by", approval.approvedBy)
          $0.put("approved_at", approval.approvedAt.iso8601)
          $0.put("content_sha256", approval.content.hex)
        }
      }
    }
    return out.text + "\n"
  }

  /// Reads an approval; nil when there is none or it is damaged.
  init?(at path: String) {
    guard let data = FileManager.default.contents(atPath: path), let json = try? JSON.parse(data),
      json["schema"].string == "vouch-approval/1", let by = json["approved_by"].string,
      let at = json["approved_at"].instant,
      let content = json["content_sha256"].string.flatMap({ Digest(hex: $0) }),
      let package = json["package_tag_manifest_sha256"].string,
      let validUntil = json["valid_until"].string
    else { return nil }
    approvedBy = by
    approvedAt = at
    self.content = content
    self.package = package
    self.validUntil = validUntil
    files = json["files"].elements.compactMap { file in
      guard let name = file["name"].string,
        let digest = file["sha256"].string.flatMap({ Digest(hex: $0) })
      else { return nil }
      return PublicFileDigest(name: name, digest: digest)
    }
    earlier = json["earlier"].elements.compactMap { approval in
      guard let by = approval["approved_by"].string, let at = approval["approved_at"].instant,
        let content = approval["content_sha256"].string.flatMap({ Digest(hex: $0) })
      else { return nil }
      return Earlier(approvedBy: by, approvedAt: at, content: content)
    }
  }
}
