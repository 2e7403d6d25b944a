using HilBench.Devices.Contract;
using HilBench.Pcie;

namespace HilBench.Devices.Tests;

[TestFixture]
public sealed class ModelDeviceTests : PermissionContract
{
    protected override IDevice OpenDevice() => new ModelDevice();

    [Test]
    public void Operations_and_invalidations_allocate_nothing()
    {
        using var device = new ModelDevice();
        new ExerciserHost(device).Enable();
        var answer = new byte[64];
        var operation = new byte[64];
        var invalidate = new byte[64];
        ReadOnlySpan<byte> setup = [0, 0, 0x20, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
        var agent = ExerciserHost.Agent;
        var operationSize = TlpWriter.WriteMemoryWrite(operation, new(agent, 0, ExerciserHost.Bar + 0x100), setup);
        var request = new InvalidateRequest(agent, ExerciserHost.Function, new ITag(1), 0x7f00_0020_0000);
        var invalidateSize = TlpWriter.WriteInvalidateRequest(invalidate, request);
        Play(200);

        var translations = 0;
        var allocated = Allocation.Of(() => translations = Play(200));

        Assert.That((allocated, translations), Is.EqualTo((0L, 200)));

        int Play(int rounds)
        {
            var asked = 0;
            Span<byte> entry = stackalloc byte[8];
            AtsPayload.Write(entry, 0x8003);
            for (var i = 0; i < rounds; i++)
            {
                device.Send(operation.AsSpan(0, operationSize), 0);
                device.Run(device.Cycles + 200, 0);
                while (device.TryReceive(out var bytes, out _))
                {
                    if (TlpView.TryRead(bytes, out var tlp, out _) && tlp.IsTranslationRequest)
                    {
                        asked++;
                        var header = new CompletionHeader(agent, tlp.Requester, tlp.Tag, ByteCount: 8);
                        var size = TlpWriter.WriteCompletionWithData(answer, header, entry);
                        device.Send(answer.AsSpan(0, size), 0);
                    }
                }

                device.Run(device.Cycles + 200, 200);
                device.Send(invalidate.AsSpan(0, invalidateSize), 0);
                device.Run(device.Cycles + 200, 200);
                while (device.TryReceive(out _, out _))
                {
                    // only counted by what they cost
                }
            }

            return asked;
        }
    }

    [Test]
    public void Hostile_bytes_do_not_stop_it()
    {
        using var device = new ModelDevice();
        var host = new ExerciserHost(device).Enable();
        var chance = new SeededSequence(7);
        var valid = new byte[40];
        TlpWriter.WriteInvalidateRequest(
            valid, new(ExerciserHost.Agent, ExerciserHost.Function, new ITag(3), 0x1000), TlpOptions.WithPasid(new(5)));

        for (var i = 0; i < 20_000; i++)
        {
            var bytes = valid[..chance.Choose(valid.Length + 1)];
            for (var k = chance.Choose(6); k > 0 && bytes.Length > 0; k--)
            {
                bytes[chance.Choose(bytes.Length)] = (byte)chance.Choose(256);
            }

            device.Send(bytes, 0);
            device.Run(device.Cycles + 20, 20);
            while (device.TryReceive(out _, out _))
            {
                // whatever it says to that
            }
        }

        device.Reset(ResetKind.Hot);
        host.Enable();
        Assert.That(host.ReadBar(0), Is.EqualTo(0x4248_494C));
    }

    [Test]
    public void An_unknown_fault_is_refused_with_the_known_ones()
    {
        Assert.That(
            () => new ModelDevice("M99"),
            Throws.ArgumentException.With.Message.Contains("there is no fault M99; the model knows M01, M02"));
    }
}
