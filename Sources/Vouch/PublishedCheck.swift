import Foundation
import VouchCapture
import VouchModel
import VouchPackages

/// Whether what is online is what was approved, and still valid.
public struct PublishedState: Sendable {
  /// What is wrong; empty: it is current.
  public let problems: [Diagnostic]
  public let notes: [Diagnostic]
  /// The last day on which the page there is valid; empty when it could not be read.
  public let validUntil: String

  public var isCurrent: Bool { problems.isEmpty }
}

extension Workspace {
  /// Holds a published page against the approval in `output/`.
  ///
  /// - Parameters:
  ///   - place: an address of the page or its folder, or a folder on disk.
  ///   - now: decides which day it is.
  public func checkPublished(
    _ place: String, now: @escaping @Sendable () -> Instant, output: String
  ) throws -> PublishedState {
    let isOnline = place.contains("://")
    let fetch: (String) throws -> [UInt8]? =
      isOnline ? { try Self.fetched(place, $0, now) } : { Self.read(place, $0) }
    guard let page = try fetch(PublicPages.page) else { throw Self.notThere(place) }
    var problems: [Diagnostic] = []
    let json = try fetch(PublicPages.json).flatMap { try? JSON.parse($0) } ?? .null
    guard json["schema"].string == "vouch-public-summary/1",
      let validUntil = json["valid_until"].string
    else {
      problems.append(
        Diagnostic(
          "published.not-ours", .error, at: Self.join(place, PublicPages.json),
          "there is no summary of Vouch beside the page",
          fix: "put the whole folder output/public online"))
      return PublishedState(problems: problems, notes: [], validUntil: "")
    }
    let today = configuration.engagement.zone.date(of: now())
    if today > validUntil {
      problems.append(
        Diagnostic(
          "published.expired", .error, at: place, "the page was valid until \(validUntil)",
          fix: "publish the newer period's package, or take the page down"))
    }
    var notes: [Diagnostic] = []
    if let approval = approval(output: output) {
      for file in approval.files {
        let bytes = file.name == PublicPages.page ? page : try fetch(file.name)
        if let bytes, Digest.sha256(bytes) == file.digest { continue }
        problems.append(
          Diagnostic(
            "published.changed", .error, at: Self.join(place, file.name),
            bytes == nil ? "the file is not there" : "the file is not the one that was approved",
            why: "only approved content is to be online",
            fix: "put output/public online again, as it is"))
      }
      notes += newer(than: approval, output: output)
    } else {
      problems.append(
        Diagnostic(
          "published.no-approval", .error, at: "\(output)/\(Approval.file)",
          "nothing was approved in this workspace",
          fix: "run 'vouch publish', then 'vouch publish --approve'"))
    }
    return PublishedState(problems: problems, notes: notes, validUntil: validUntil)
  }

  /// A package that was bundled again after the approval.
  private func newer(than approval: Approval, output: String) -> [Diagnostic] {
    let engagement = configuration.engagement
    let path = "\(output)/\(engagement.slug)-soc2-\(configuration.period.id)"
    guard let manifest = FileManager.default.contents(atPath: "\(path)/tagmanifest-sha256.txt"),
      Digest.sha256(manifest).hex != approval.package
    else { return [] }
    return [
      Diagnostic(
        "published.other-package", .note, at: path,
        "the page was approved for another package than the one in output/",
        fix: "run 'vouch publish' to see whether the page changes")
    ]
  }

  private static func read(_ folder: String, _ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: join(folder, name)).map { [UInt8]($0) }
  }

  /// The folder of a page: `…/security/` of `…/security/index.html`.
  private static func join(_ place: String, _ name: String) -> String {
    var base = place
    if base.hasSuffix("/" + PublicPages.page) { base.removeLast(PublicPages.page.count) }
    return base.hasSuffix("/") ? base + name : "\(base)/\(name)"
  }

  private static func fetched(
    _ place: String, _ name: String, _ now: @escaping @Sendable () -> Instant
  ) throws -> [UInt8]? {
    let address = join(place, name)
    var request = Source.HTTPRequest(url: address)
    request.timeoutSeconds = 20
    request.retries = 1
    let source = Source(
      name: "public", transport: .http(request), format: nil, zone: nil, options: [:],
      effectiveAt: nil)
    let context = CaptureContext(
      workspace: ".", now: now, operator: "", host: "", collector: VouchVersion.number)
    var body: [UInt8]?
    var failure = ""
    try Capture.run(source, context) { captured in
      switch captured {
      case .bytes(let bytes, _): body = bytes
      case .failure(let text, _): failure = text
      case .file: break
      }
    }
    if body == nil, !failure.contains("404"), !failure.contains("410") {
      throw Refusal(
        .noInput,
        Diagnostic(
          "published.unreachable", .error, at: address, "the page could not be fetched",
          why: failure, fix: "check the address"))
    }
    return body
  }

  private static func notThere(_ place: String) -> Refusal {
    Refusal(
      .noInput,
      Diagnostic(
        "published.none", .error, at: place, "there is no page",
        fix: "name the folder or address that has index.html"))
  }
}
