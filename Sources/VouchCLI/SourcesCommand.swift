import ArgumentParser
import Foundation
import Vouch
import VouchCapture
import VouchCollectors
import VouchModel

struct SourcesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sources",
    abstract: "List the configured sources and the recipes; map an export nobody has mapped yet.",
    discussion: """
      Examples:
        vouch sources                      what is configured, and what can be copied
        vouch sources show prometheus      the lines for vouch.yaml
        vouch sources map roster.csv       columns of any table, proposed
        vouch sources formats              every format that is read
      """,
    subcommands: [List.self, Show.self, Map.self, Formats.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the configured sources and the built-in recipes.")
    @OptionGroup var options: WorkspaceOptions

    func run() throws {
      if FileManager.default.fileExists(atPath: options.workspace + "/vouch.yaml") {
        listConfigured(try Workspace(path: options.workspace).configuration.sources)
      }
      let recipes = try Templates(workspace: options.workspace).recipes
      Terminal.out("Recipes ('vouch sources show NAME' prints the lines for vouch.yaml):")
      for recipe in recipes.all {
        Terminal.out(
          "  \(recipe.name.padded(28))\(recipe.title)\n  \("".padded(28))feeds \(recipe.gives.joined(separator: ", "))"
        )
      }
      try refuse(recipes.diagnostics)
    }

    private func listConfigured(_ sources: [Source]) {
      Terminal.out("Configured in vouch.yaml:")
      if sources.isEmpty { Terminal.out("  none") }
      for source in sources {
        let format = source.format ?? "told by content"
        let record = source.options["record"].map { " (\($0))" } ?? ""
        Terminal.out(
          "  \(source.name.padded(28))\(source.transport.summary)\n  \("".padded(28))format \(format)\(source.format == "table" ? record : "")"
        )
      }
      Terminal.out("")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a recipe's lines, to be put below 'sources:' in vouch.yaml.")
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: ArgumentHelp("A recipe or a format.", valueName: "recipe"))
    var name: String

    func run() throws {
      let all = try Templates(workspace: options.workspace).recipes.all
      var found = all.filter { $0.name == name || $0.source == name }
      if found.isEmpty { found = all.filter { $0.format == name } }
      guard !found.isEmpty else {
        let near = nearest(to: name, among: all.map(\.name))
        throw Refusal(
          .noInput,
          Diagnostic(
            "source.no-recipe", .error, "there is no recipe '\(name)'",
            fix: near.map { "did you mean '\($0)'?" } ?? "'vouch sources' lists them"))
      }
      Terminal.out(found.map(\.entry).joined(separator: "\n").dropLast().description)
    }
  }

  struct Formats: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the formats that are read.")

    func run() {
      for collector in Collectors.all {
        let gives = collector.gives.map(\.name).joined(separator: ", ")
        Terminal.out(
          "\(collector.format.padded(28))\(collector.summary)\n\("".padded(28))gives \(collector.format == "table" ? "any record" : gives)"
        )
      }
    }
  }
}

extension SourcesCommand {
  struct Map: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Propose an entry for a CSV, TSV, JSON or JSON Lines export.",
      discussion: """
        Looks at the names and the first rows of the file and prints an entry for vouch.yaml. Below
        'sources:' it loads as it is; what only a person can tell stands in it as a QUESTION.
        """)
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: ArgumentHelp("The export.", valueName: "file"))
    var file: String
    @Option(name: .long, help: ArgumentHelp("The record type to map to.", valueName: "type"))
    var record: String?
    @Option(name: .long, help: ArgumentHelp("The source's name in vouch.yaml.", valueName: "name"))
    var name: String?
    @Option(
      name: .long,
      help: ArgumentHelp("The zone of times that are written without one.", valueName: "zone"))
    var zone: String?

    func run() throws {
      Terminal.out(
        try TableEntryProposal(
          file: file, workspace: options.workspace, record: record, name: name, zone: zone
        ).entry.dropLast().description)
    }
  }
}

extension Source.Transport {
  /// Where the source's exports come from, in one line.
  fileprivate var summary: String {
    switch self {
    case .file(let patterns): "file \(patterns.joined(separator: " "))"
    case .command(let command): "command \(command.arguments.joined(separator: " "))"
    case .http(let request): "http \(request.url)"
    }
  }
}
