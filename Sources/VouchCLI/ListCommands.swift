import ArgumentParser
import Vouch
import VouchCollectors
import VouchControls
import VouchModel

struct CriteriaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "criteria", abstract: "List the 61 criteria and the controls that address them.")
  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    let library = ControlLibrary(templates: try Templates(workspace: options.workspace).below(""))
    for criterion in library.criteria {
      let controls = library.files.map(\.control).filter { $0.criteria.contains(criterion.id) }
      Terminal.out(
        "\(criterion.id.padded(6))\(criterion.title)\n      \(controls.map(\.id).joined(separator: " "))"
      )
    }
    try refuse(library.diagnostics)
  }
}

struct SourcesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sources", abstract: "List the formats Vouch reads and the configured sources.",
    subcommands: [List.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List sources and formats.")
    @OptionGroup var options: WorkspaceOptions

    func run() throws {
      if let workspace = try? Workspace(path: options.workspace) {
        Terminal.out("Configured in vouch.yaml:")
        for source in workspace.configuration.sources {
          Terminal.out("  \(source.name.padded(24))\(source.format ?? "(told by content)")")
        }
        Terminal.out("")
      }
      Terminal.out("Formats:")
      for collector in Collectors.all {
        let gives = collector.gives.map(\.name).joined(separator: ", ")
        Terminal.out(
          "  \(collector.format.padded(24))\(collector.summary)\n  \("".padded(24))gives \(gives)")
      }
    }
  }
}
