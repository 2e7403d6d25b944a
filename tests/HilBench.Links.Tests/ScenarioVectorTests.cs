using System.Globalization;

namespace HilBench.Links.Tests;

public sealed class ScenarioVectorTests
{
    [TestCaseSource(typeof(LinkVectors), nameof(LinkVectors.Scenarios))]
    public void End_of_a_link_does_what_the_protocol_says(LinkRole role, List<(int Line, string[] Words)> steps)
    {
        var player = new Player(role);

        foreach (var (line, words) in steps)
        {
            player.Play(line, words);
        }

        player.ExpectNothingSent("at the end");
    }

    /// <summary>Plays steps of a scenario on one end.</summary>
    private sealed class Player(LinkRole role)
    {
        private readonly LinkEngine _end = new(role, new LinkSettings
        {
            ResendUs = 20_000,
            ReceiveFrames = 4,
            LongestPayload = role == LinkRole.Host ? LinkLimits.MaxPayload : 544,
            HostId = 0x11223344,
            Board = role == LinkRole.Host ? null : new BoardIdentity(
                BoardFeatures.Device | BoardFeatures.Paced | BoardFeatures.Echo, 250_000, "vector", "1", "07")
            {
                LongestPayload = 544,
            },
        });

        private readonly Queue<string> _sent = new();
        private long _now;

        public void Play(int line, string[] words)
        {
            var where = $"line {line}";
            if (words[0] == "tx")
            {
                Assert.That(_sent, Is.Not.Empty, $"{where}: nothing was sent");
                Assert.That(_sent.Dequeue(), Is.EqualTo(words[1]), where);
                return;
            }

            ExpectNothingSent($"before {where}");
            Step(where, words);
            while (_end.TryTransmit(_now, out var wire))
            {
                _sent.Enqueue(Convert.ToHexStringLower(wire));
            }
        }

        public void ExpectNothingSent(string where) => Assert.That(_sent, Is.Empty, where);

        private void Step(string where, string[] words)
        {
            switch (words[0])
            {
                case "open":
                    _end.Open(ushort.Parse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture), _now);
                    break;
                case "close":
                    _end.Close();
                    break;
                case "rx":
                    _end.Receive(LinkVectors.Bytes(words[1]), _now);
                    break;
                case "at":
                    _now = long.Parse(words[1], CultureInfo.InvariantCulture);
                    break;
                case "send":
                    Assert.That(_end.TrySend((FrameKind)Convert.ToByte(words[1], 16), LinkVectors.Bytes(words[2])), Is.True, where);
                    break;
                case "take":
                    Assert.That(_end.HasMessage, Is.True, where);
                    var message = Convert.ToHexStringLower(_end.FirstMessage(out var kind));
                    Assert.That(($"{(int)kind:x2}", message), Is.EqualTo((words[1], words[2])), where);
                    _end.RemoveMessage();
                    break;
                case "take-none":
                    Assert.That(_end.HasMessage, Is.False, where);
                    break;
                case "request":
                    _end.Request(LinkVectors.Bytes(words[1]), _now);
                    break;
                case "reply-is":
                    Assert.That(_end.TryTakeReply(out var reply), Is.True, where);
                    Assert.That(Convert.ToHexStringLower(reply), Is.EqualTo(words[1]), where);
                    break;
                case "reply-none":
                    Assert.That(_end.TryTakeReply(out _), Is.False, where);
                    break;
                case "request-is":
                    Assert.That(_end.TryTakeRequest(out var request), Is.True, where);
                    Assert.That(Convert.ToHexStringLower(request), Is.EqualTo(words[1]), where);
                    break;
                case "request-none":
                    Assert.That(_end.TryTakeRequest(out _), Is.False, where);
                    break;
                case "reply":
                    _end.Reply(LinkVectors.Bytes(words[1]));
                    break;
                case "state":
                    Assert.That(State, Is.EqualTo(words[1]), where);
                    break;
                default:
                    Assert.Fail($"{where}: unknown step {words[0]}");
                    break;
            }
        }

        private string State => (role, _end.State, _end.EndedBy) switch
        {
            (LinkRole.Board, LinkState.Closed, _) => "none",
            (LinkRole.Board, LinkState.Open, _) => "confirmed",
            (_, LinkState.Closed, SessionEnd.RefusedVersion) => "refused-version",
            (_, LinkState.Closed, SessionEnd.RefusedLimits) => "refused-limits",
            (_, LinkState.Closed, SessionEnd.Restarted) => "restarted",
            (_, LinkState.Closed, SessionEnd.Replaced) => "replaced",
            (_, LinkState.Closed, SessionEnd.Ended) => "ended",
            (_, var state, _) => state.ToString().ToLowerInvariant(),
        };
    }
}
