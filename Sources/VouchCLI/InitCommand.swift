import ArgumentParser
import Foundation
import Vouch
import VouchControls
import VouchModel

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a new workspace with commented files.",
    discussion: """
      Asks nothing; explains everything in comments. Existing files are never touched. With --from
      it looks at the exports in a folder first, says what each of them is, and writes a vouch.yaml
      with sources for them and the controls that they can feed.

      Examples:
        vouch init audit && cd audit
        vouch init audit --from ~/exports
      """)
  @Option(
    name: .long,
    help: ArgumentHelp("Look at the exports lying here and propose sources.", valueName: "folder"))
  var from: String?
  @Option(
    name: .long, help: ArgumentHelp("The organisation, as it leads the package.", valueName: "name")
  )
  var organization: String?
  @Option(name: .long, help: ArgumentHelp("The system under examination.", valueName: "name"))
  var system: String?
  @Option(
    name: .long,
    help: ArgumentHelp("What the system does and for whom, in a sentence.", valueName: "text"))
  var description: String?
  @Option(
    name: .long,
    help: ArgumentHelp("Who answers for the controls, as in your roster.", valueName: "person"))
  var owner: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where days begin at midnight, for example Europe/Berlin.", valueName: "zone")
  )
  var zone: String?
  @Argument(help: "The folder; default: this one.")
  var dir = "."

  func validate() throws {
    if let zone, Zone(zone) == nil {
      throw ValidationError(
        "'\(zone)' is not a time zone; write a name such as Europe/Berlin, or UTC")
    }
  }

  func run() throws {
    try Workspace.refuseToOverwrite(dir)
    var beginning = Beginning(
      organization: organization, system: system, description: description, owner: owner, zone: zone
    )
    if let from {
      let bar = ProgressLine(isOn: true)
      let exports = try Workspace.recognise(
        folder: from, zone: zone.flatMap { Zone($0) }, progress: bar.show)
      bar.clear()
      let library = ControlLibrary(templates: try Templates(workspace: dir).below(""))
      let proposal = Proposal(exports, folder: from, workspace: dir, library: library)
      Terminal.out(ProposalReport.text(proposal, folder: from))
      beginning.proposal = proposal
    }
    for path in try Workspace.initialise(dir, beginning) { Terminal.error("made \(path)") }
    Terminal.error("\n\(next)")
  }

  /// What to do now, to be typed.
  private var next: String {
    var lines: [String] = []
    if from == nil {
      lines.append("put exports into \(dir == "." ? "" : dir + "/")evidence/inbox/")
    }
    if organization == nil || system == nil || owner == nil {
      lines.append("replace what says TODO or Your in vouch.yaml: organisation, system, owners")
    }
    let place = dir == "." ? "" : "cd \(dir) && "
    lines.append("run: \(place)vouch collect && vouch check")
    return "Next:\n" + lines.map { "  - \($0)" }.joined(separator: "\n")
  }
}
