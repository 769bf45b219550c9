import ArgumentParser
import Vouch
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
