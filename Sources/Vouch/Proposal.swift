import Foundation
import VouchCapture
import VouchControls
import VouchModel

/// What a new workspace could begin with, from the exports that were recognised.
public struct Proposal: Sendable {
  /// A source to be: files of one folder and one format.
  public struct Source: Sendable, Hashable {
    public var name: String
    public var globs: [String]
    /// Nil for archives: each member is told by its content.
    public var format: String?
    /// For tables named after a record type.
    public var record: String?
    public var needsZone: Bool
    public var records: Int
  }

  /// A control that some of the exports feed, and what it lacks.
  public struct Candidate: Sendable {
    public let control: Control
    public let missing: [RecordType]
  }

  public let exports: [RecognisedExport]
  public let sources: [Source]
  /// Controls all of whose required record types are there.
  public let controls: [Control]
  /// Controls that lack one or two record types, the nearest first.
  public let nearly: [Candidate]
  /// The quarter that most exports speak about; of several, the latest.
  public let period: String?
  /// How the workspace names the folder: relative when it is inside, else absolute.
  let prefix: String

  /// - Parameters:
  ///   - folder: where the exports lie.
  ///   - workspace: where `vouch.yaml` will be.
  public init(
    _ exports: [RecognisedExport], folder: String, workspace: String, library: ControlLibrary
  ) {
    self.exports = exports
    let prefix = Self.prefix(folder, from: workspace)
    self.prefix = prefix
    sources = Self.sources(exports, prefix: prefix)
    let given = Set(exports.flatMap { Self.found($0)?.types ?? [] })
    // A control that requires nothing is fed by nothing: it is proposed to nobody.
    let candidates = library.files.map(\.control).filter { !$0.requires.isEmpty }.map { control in
      Candidate(control: control, missing: control.requires.filter { !given.contains($0) })
    }
    controls = candidates.filter(\.missing.isEmpty).map(\.control)
    nearly = candidates.filter {
      !$0.missing.isEmpty && $0.missing.count <= 2 && $0.missing.count < $0.control.requires.count
    }.sorted { ($0.missing.count, $0.control.id) < ($1.missing.count, $1.control.id) }
    let quarters = exports.compactMap { Self.found($0)?.effectiveAt }.compactMap(Self.quarter)
    let counts = Dictionary(quarters.map { ($0, 1) }, uniquingKeysWith: +)
    period = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  static func found(_ export: RecognisedExport) -> RecognisedExport.Found? {
    if case .format(_, let found) = export.outcome { return found }
    return nil
  }

  /// The quarter in which a moment lies.
  private static func quarter(_ moment: Instant) -> String? {
    let parts = moment.date.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return nil }
    return "\(parts[0])-Q\((parts[1] - 1) / 3 + 1)"
  }

  /// The folder as a pattern of the workspace names it, special characters escaped.
  private static func prefix(_ folder: String, from workspace: String) -> String {
    let folder = absolute(folder)
    let workspace = absolute(workspace)
    if folder == workspace { return "" }
    if folder.hasPrefix(workspace + "/") {
      return escaped(String(folder.dropFirst(workspace.count + 1))) + "/"
    }
    return escaped(folder) + "/"
  }

  private static func absolute(_ path: String) -> String {
    let full =
      path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return (full as NSString).standardizingPath
  }

  // MARK: Sources

  private struct Group: Hashable {
    let folder: String
    let format: String?
    let record: String?
  }

  private static func sources(_ exports: [RecognisedExport], prefix: String) -> [Source] {
    var groups: [Group: (paths: [String], needsZone: Bool, records: Int)] = [:]
    for export in exports {
      guard case .format(let format, let found) = export.outcome else { continue }
      let group = Group(
        folder: (export.path as NSString).deletingLastPathComponent,
        format: export.member == nil ? format : nil,
        record: export.member == nil && format == "table" ? found.types.first?.name : nil)
      var entry = groups[group] ?? ([], false, 0)
      if entry.paths.last != export.path { entry.paths.append(export.path) }
      entry.needsZone = entry.needsZone || found.needsZone
      entry.records += found.recordCount
      groups[group] = entry
    }
    var names: Set<String> = []
    let paths = Set(exports.map(\.path))
    return groups.map { group, entry in
      (
        group,
        Source(
          name: group.record ?? group.format ?? "archives",
          globs: globs(entry.paths, among: paths, prefix: prefix), format: group.format,
          record: group.record, needsZone: entry.needsZone, records: entry.records)
      )
    }.sorted { ($0.1.name, $0.0.folder) < ($1.1.name, $1.0.folder) }.map { group, source in
      var source = source
      source.name = unused(source.name, folder: group.folder, &names)
      return source
    }
  }

  /// A name that no other source has: the folder's name, then a number is added.
  private static func unused(_ name: String, folder: String, _ used: inout Set<String>) -> String {
    let last = Configuration.slug((folder as NSString).lastPathComponent)
    let candidates = [name, "\(name)-\(last)"] + (2..<1000).map { "\(name)-\($0)" }
    let free = candidates.first { !used.contains($0) } ?? name
    used.insert(free)
    return free
  }

  // MARK: Patterns

  /// Patterns that match these files and none of the others: `*.csv`, else `users-*.csv`, else
  /// the names themselves.
  private static func globs(_ paths: [String], among all: Set<String>, prefix: String) -> [String] {
    let own = Set(paths)
    func isExact(_ patterns: Set<String>) -> Bool {
      all.allSatisfy { path in
        own.contains(path) == patterns.contains { fnmatch($0, path, FNM_PATHNAME) == 0 }
      }
    }
    let byEnding = Set(
      paths.map { path -> String in
        let folder = (path as NSString).deletingLastPathComponent
        let ending = (path as NSString).pathExtension
        return (folder.isEmpty ? "" : escaped(folder) + "/")
          + (ending.isEmpty ? "*" : "*.\(escaped(ending))")
      })
    let byName = Set(paths.map { numbersOpen(escaped($0)) })
    let chosen = isExact(byEnding) ? byEnding : isExact(byName) ? byName : Set(paths.map(escaped))
    return chosen.sorted().map { prefix + $0 }
  }

  /// Runs of digits and what joins them become `*`, in the last part of a path.
  private static func numbersOpen(_ path: String) -> String {
    let name = (path as NSString).lastPathComponent
    let folder = path.dropLast(name.count)
    return folder + name.replacing(/[0-9]+([-_.T:][0-9]+)*/, with: "*")
  }

  /// Characters that a pattern would take for something else.
  private static func escaped(_ path: String) -> String {
    path.map { "*?[]{}\\~".contains($0) ? "\\\($0)" : String($0) }.joined()
  }
}
