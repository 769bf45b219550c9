import Foundation
import VouchCapture
import VouchCollectors
import VouchControls
import VouchModel
import VouchStore

/// A folder with `vouch.yaml`, evidence and output, and everything that is done in it.
public struct Workspace: Sendable {
  public let path: String
  public let templates: Templates
  public let library: ControlLibrary
  public let configuration: Configuration

  /// Opens a workspace; throws ``Refusal`` when there is none, or its configuration is wrong.
  ///
  /// - Parameter forCollecting: no control is loaded, since evidence is collected whatever the
  ///   rules are, also while one of them is being written.
  public init(path: String, forCollecting: Bool = false) throws {
    let path = Self.normal(path)
    let file = path + "/vouch.yaml"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Self.noConfiguration(path)
    }
    let templates = try Templates(workspace: path)
    let library = ControlLibrary(templates: forCollecting ? [] : templates.below(""))
    let errors = library.diagnostics.filter { $0.severity == .error }
    if !errors.isEmpty, !forCollecting { throw Refusal(.data, errors) }
    self.path = path
    self.templates = templates
    self.library = library
    configuration = try Configuration(
      text: String(decoding: data, as: UTF8.self), file: "vouch.yaml", library: library)
  }

  /// A workspace whose parts are given: a package's own configuration and templates.
  public init(path: String, configuration text: String, templates: Templates) throws {
    self.path = path
    self.templates = templates
    library = ControlLibrary(templates: templates.below(""))
    let errors = library.diagnostics.filter { $0.severity == .error }
    if !errors.isEmpty { throw Refusal(.data, errors) }
    configuration = try Configuration(text: text, file: "vouch.yaml", library: library)
  }

  /// Keeps every other `vouch` out of the workspace as long as what is returned lives; throws
  /// ``Refusal`` with status 75 when one is at work.
  public func hold() throws -> WorkspaceLock { try WorkspaceLock(workspace: path) }

  static func noConfiguration(_ folder: String) -> Refusal {
    Refusal(
      .noInput,
      Diagnostic(
        "config.none", .error, at: folder + "/vouch.yaml", "there is no vouch.yaml in this folder",
        why: "vouch.yaml says whose controls are evaluated, over which period, from which sources",
        fix: "run 'vouch init' to make a workspace here, or name one with --workspace"))
  }

  static func normal(_ path: String) -> String {
    let standard = (path as NSString).standardizingPath
    return standard.isEmpty ? "." : standard
  }

  /// The period a command works on: the one it was given, else the workspace's.
  public func period(_ text: String?) throws -> Period {
    guard let text else { return configuration.period }
    if let period = Period(text, in: configuration.engagement.zone) { return period }
    throw Refusal(
      .data,
      Diagnostic(
        "period.unknown", .error, "'\(text)' is not a period",
        fix: "write 2026-Q3, 2026-H1, 2026-07, 2026 or 2026-07-01..2026-10-01"))
  }

  /// The collectors that read evidence, and their version: part of what a cache depends on.
  static var readers: String {
    "\(VouchVersion.number) \(Collectors.all.map { $0.format }.joined(separator: ","))"
  }

  func openRecords() throws -> RecordsDatabase {
    let folder = path + "/.vouch"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      return try RecordsDatabase(path: folder + "/records.sqlite", readers: Self.readers)
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw Refusal(
        .io,
        Diagnostic(
          "records.open", .error, at: folder, "the records cannot be opened: \(error)",
          why: "they are a cache of the evidence and have to be writable",
          fix: "check the folder's permissions, or remove .vouch: it is always rebuilt"))
    }
  }
}
