import ArgumentParser
import Foundation
import Vouch
import VouchModel

struct PublishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Make the public summary, have it approved, and check what is online.",
    discussion: """
      A page for a company's site, prepared by management and not examined by an auditor. What it \
      says is a fixed list: what 'publishing:' of vouch.yaml enters, and figures from a package. \
      Gates stop it, with the place: a value of the evidence, a claim that is an auditor's, a \
      figure that the package does not give. The rules are in docs/publishing.md.

      Without --approve a draft is written to output/public-draft, and blank forms of \
      management's statement and of the letter for the time after the period to output/forms. \
      With --approve the same content is put into output/public, and who approved it into \
      output/public-approval.json, which stays at home.

      Exit status 0: done, or what is online is current. 1: --check found it changed, expired or \
      not approved. 65: a gate stopped it, or the draft changed. 66: no package, draft or page.

      Examples:
        vouch publish
        vouch publish --approve --by "Maria Example, Chief Security Officer"
        vouch publish --check https://example.com/security/
        vouch publish --check /var/www/security
      """)

  @OptionGroup var options: WorkspaceOptions
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The period of the package, 2026-Q3. Default: as vouch.yaml says.", valueName: "period"))
  var period: String?
  @Argument(help: "The package: a folder or a zip. Default: the period's package in output/.")
  var package: String?
  @Flag(name: .long, help: "Approve the draft and put it into output/public.")
  var approve = false
  @Option(name: .long, help: ArgumentHelp("Who approves.", valueName: "name, role"))
  var by: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Tell whether the page there is the approved one and still valid.",
      valueName: "url or folder"))
  var check: String?
  @Option(
    name: .long,
    help: ArgumentHelp("Where to write. Default: output/ in the workspace.", valueName: "dir"))
  var output: String?
  @Flag(name: .long, help: "No progress and no summary.")
  var quiet = false

  func validate() throws {
    if approve != (by != nil) {
      throw ValidationError("--approve and --by \"Name, role\" go together")
    }
    if check != nil, approve || package != nil {
      throw ValidationError("--check takes no package and approves nothing")
    }
  }

  func run() throws {
    let workspace = try Workspace(path: options.workspace)
    let output = output ?? workspace.outputFolder
    if let check { return try tell(workspace, check, output) }
    // Nobody exchanges the package while it is read.
    let held = try workspace.hold()
    defer { withExtendedLifetime(held) {} }
    let bar = ProgressLine(isOn: !quiet)
    let draft = try workspace.draftPublication(
      package: package, period: try workspace.period(period), now: Clock.now(),
      output: output, progress: bar.show)
    bar.clear()
    for note in draft.notes { Terminal.error(note.rendered) }
    if let by {
      let (folder, approval) = try workspace.approve(
        draft, by: by, at: Clock.now(), output: output)
      Terminal.out(folder)
      say("approved \(approval.content.short), valid until \(approval.validUntil)")
      return
    }
    Terminal.out(try workspace.write(draft, output: output))
    let isApproved = workspace.approval(output: output)?.content == draft.content
    say("content \(draft.content.short), valid until \(draft.summary.validUntil)")
    say(
      isApproved
        ? "this content is approved already"
        : "look at it, then: vouch publish --approve --by \"Name, role\"")
  }

  private func tell(_ workspace: Workspace, _ place: String, _ output: String) throws {
    let state = try workspace.checkPublished(place, now: Clock.now, output: output)
    for diagnostic in state.notes + state.problems { Terminal.error(diagnostic.rendered) }
    if !state.isCurrent { throw Answer.notAllWell }
    Terminal.out("current, valid until \(state.validUntil)")
  }

  private func say(_ text: String) { if !quiet { Terminal.error(text) } }
}
