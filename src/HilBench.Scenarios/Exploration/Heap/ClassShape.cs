using System.Reflection.Emit;

namespace HilBench.Scenarios;

/// <summary>Objects with fields.</summary>
internal sealed class ClassShape : HeapShape
{
    private readonly Func<object, object, bool> _isSame;
    private readonly Action<object, object> _copy;
    private readonly Action<object, IHeapVisitor> _visit;
    private readonly Action<object, HeapHasher> _hash;

    public ClassShape(Type type)
    {
        var fields = FieldCode.FieldsOf(type).Where(field => !HeapRules.IsUnsaved(field)).ToArray();
        var mutable = fields.Where(field => !field.IsInitOnly).ToArray();
        IsMutable = mutable.Length > 0;
        _isSame = FieldCode.Make<Func<object, object, bool>>(typeof(bool), [typeof(object), typeof(object)], code =>
        {
            var differ = code.DefineLabel();
            FieldCode.EmitSameFields(code, mutable, [], differ);
            code.Emit(OpCodes.Ldc_I4_1);
            code.Emit(OpCodes.Ret);
            code.MarkLabel(differ);
            code.Emit(OpCodes.Ldc_I4_0);
        });
        _copy = FieldCode.Make<Action<object, object>>(typeof(void), [typeof(object), typeof(object)], code =>
        {
            foreach (var field in mutable)
            {
                code.Emit(OpCodes.Ldarg_1);
                code.Emit(OpCodes.Ldarg_0);
                code.Emit(OpCodes.Ldfld, field);
                code.Emit(OpCodes.Stfld, field);
            }
        });
        _visit = FieldCode.Make<Action<object, IHeapVisitor>>(
            typeof(void), [typeof(object), typeof(IHeapVisitor)], code => FieldCode.EmitVisitFields(code, fields, []));
        _hash = FieldCode.Make<Action<object, HeapHasher>>(
            typeof(void), [typeof(object), typeof(HeapHasher)], code => FieldCode.EmitHashFields(code, FieldCode.HashedFieldsOf(type), []));
    }

    public override bool IsMutable { get; }

    public override bool IsSame(object target, object shadow) => _isSame(target, shadow);

    public override void Copy(object shadow, object target) => _copy(shadow, target);

    public override void Visit(object target, IHeapVisitor visitor) => _visit(target, visitor);

    public override void Hash(object target, HeapHasher hasher) => _hash(target, hasher);
}
