"""Calls of functions on tensors whose results are read off TensorFlow, by namespace.

`describe` evaluates one with any module as ``tf``; `describe_dtypes` tells which dtypes a function
takes, and what it makes of them.
"""

from __future__ import annotations

import numpy as np

EXPRESSIONS = {
    "root": """
tf.concat([[1,2],[3]],0)
tf.concat([tf.ones([2,3]),tf.zeros([2,1])],axis=-1)
tf.concat([tf.ones([2]),tf.constant([1,2])],0)
tf.concat([[1.0],[2]],0)
tf.concat([[1],[2.5]],0)
tf.concat([tf.constant([1.0]),[2]],0)
tf.concat([[2],tf.constant([1.0])],0)
tf.concat([tf.ones([2,3]),tf.zeros([3,1])],axis=-1)
tf.concat(tf.ones([2,3]),0)
tf.concat([tf.constant([1],tf.uint8),np.array([2])],0)
tf.stack([1,2.5])
tf.stack([[1,2],[3,4]],axis=-1)
tf.stack([tf.constant(1.0),2])
tf.stack([1,tf.constant(2.0)])
tf.stack([tf.constant(1.0),tf.constant(2)])
tf.stack([[1],[2,3]])
tf.unstack(tf.constant([[1,2],[3,4]]))
tf.unstack([[1,2],[3,4]],axis=1)
tf.unstack([1,2],num=3)
tf.split([1,2,3,4],2)
tf.split([1,2,3],[1,2])
tf.split([1,2,3],[1,-1])
tf.split([1,2,3],2)
tf.split([1,2,3],[1,1])
tf.split(tf.ones([2,6]),3,axis=-1)
tf.split(tf.ones([2,6]),[1,2,3],1)
tf.split([1,2,3],1)
tf.split([1,2,3],tf.constant([1,2]))
tf.tile([[1,2]],[2,2])
tf.tile([1,2],[0])
tf.tile(3,[])
tf.repeat([1,2],2)
tf.repeat([[1,2],[3,4]],2)
tf.repeat([[1,2],[3,4]],[1,2],axis=0)
tf.repeat([1,2],[1,2])
tf.repeat([[1,2],[3,4]],2,axis=-1)
tf.repeat(3,2)
tf.pad([[1,2]],[[1,0],[0,2]])
tf.pad([1.0,2.0],[[1,1]],constant_values=9)
tf.pad([1,2,3],[[2,2]],'REFLECT')
tf.pad([1,2,3],[[2,2]],'SYMMETRIC')
tf.pad([1,2,3],[[3,2]],'REFLECT')
tf.pad([1,2,3],[[1,2]],'edge')
tf.pad([1,2,3],[[1,2]],mode='constant')
tf.pad([1,2,3],tf.constant([[1,2]]))
tf.pad([1,2],[1,1])
tf.reshape([1,2,3,4],[2,2])
tf.reshape([1,2,3,4],[-1,1])
tf.reshape([1,2,3,4],-1)
tf.reshape([1],[])
tf.reshape([1,2,3],[2,-1])
tf.reshape([1,2,3,4],tf.constant([2,2]))
tf.reshape([1,2,3,4],[tf.constant(2),-1])
tf.transpose([[1,2,3]])
tf.transpose(tf.ones([2,3,4]),[1,0,2])
tf.transpose(tf.ones([2,3,4]),perm=tf.constant([2,0,1]))
tf.transpose([[1+2j]],conjugate=True)
tf.transpose(3)
tf.transpose([[1,2]],[0])
tf.expand_dims([1,2],0)
tf.expand_dims([1,2],-1)
tf.expand_dims([1,2],axis=tf.constant(1))
tf.expand_dims([1,2],3)
tf.expand_dims(1,0)
tf.expand_dims([1],[0])
tf.squeeze([[[1],[2]]])
tf.squeeze([[[1],[2]]],0)
tf.squeeze([[[1],[2]]],[0,2])
tf.squeeze([[[1],[2]]],axis=-1)
tf.squeeze([[[1],[2]]],1)
tf.squeeze([[1]],[])
tf.reverse([[1,2],[3,4]],[1])
tf.reverse([[1,2],[3,4]],axis=[0,-1])
tf.reverse([1,2],0)
tf.reverse([1,2],[])
tf.reverse_sequence([[1,2,3],[4,5,6]],[2,3],seq_axis=1,batch_axis=0)
tf.reverse_sequence(tf.reshape(tf.range(12),[3,2,2]),[1,3],seq_axis=0,batch_axis=1)
tf.roll([1,2,3],1,0)
tf.roll([[1,2,3],[4,5,6]],[1,-1],[0,1])
tf.roll([1,2,3],shift=-2,axis=0)
tf.where([True,False],[1,2],[3,4])
tf.where([True,False],1.0,[3.0,4.0])
tf.where([[True],[False]],[1,2],[3,4])
tf.where([True,False,True])
tf.where([[True,False],[False,True]])
tf.where([0.0,1.0,2.0])
tf.where([1,0],[1,2],[3,4])
tf.where([True],1,2.5)
tf.where([True],2.5,1)
tf.where([True],[1.0],None)
tf.where([True,False],tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.where(tf.constant([]))
tf.boolean_mask([1,2,3],[True,False,True])
tf.boolean_mask([[1,2],[3,4]],[True,False])
tf.boolean_mask([[1,2],[3,4]],[[True,False],[False,True]])
tf.boolean_mask([[1,2],[3,4]],[True,False],axis=1)
tf.boolean_mask([1,2,3],[True,False])
tf.boolean_mask([1,2,3],[1,0,1])
tf.boolean_mask([1,2],True)
tf.sort([3,1,2])
tf.sort([[3.0,1.0],[2.0,5.0]],axis=0,direction='DESCENDING')
tf.sort([3,1,2],direction='down')
tf.sort(tf.constant([3,1,2],tf.uint8),direction='DESCENDING')
tf.argsort([3,1,2])
tf.argsort([1,1,0],direction='DESCENDING')
tf.argsort([1,1,0],direction='DESCENDING',stable=True)
tf.argsort([[3.0,1.0],[2.0,5.0]],axis=0)
tf.unique([3,1,3,2])
tf.unique([1.5,1.5],out_idx=tf.int64)
tf.unique([])
tf.unique([[1]])
tf.unique_with_counts([3,1,3,2])
tf.one_hot([0,2],3)
tf.one_hot([0,-1,5],3)
tf.one_hot(1,3)
tf.one_hot([[0],[1]],2)
tf.one_hot([0,1],3,axis=0)
tf.one_hot([[0,1]],3,axis=1)
tf.one_hot([0,1],2,on_value=5.0,off_value=-1.0)
tf.one_hot([0,1],2,5,1)
tf.one_hot([0,1],2,dtype=tf.int32)
tf.one_hot([0,1],2,on_value=True,off_value=False)
tf.one_hot([0,1],2,on_value=2)
tf.one_hot([0,1],2,on_value=2.0,off_value=1)
tf.one_hot([0.5],2)
tf.one_hot(tf.constant([1],tf.uint8),2)
tf.one_hot([0,1],tf.constant(2))
tf.one_hot([],2)
tf.one_hot(tf.constant([],tf.int32),2)
tf.eye(2)
tf.eye(2,3)
tf.eye(2,batch_shape=[2])
tf.eye(2,dtype=tf.int32)
tf.eye(2,num_columns=1,dtype=tf.bool)
tf.range(3)
tf.range(1,4)
tf.range(4,1,-1)
tf.range(0,1,0.25)
tf.range(3.0)
tf.range(0,3,dtype=tf.float32)
tf.range(5,3)
tf.range(3,5,0)
tf.range(0)
tf.range(2,10,3)
tf.range(limit=3,start=1)
tf.range(tf.constant(3))
tf.range(tf.constant(1,tf.int64),4)
tf.range(1.0,2.05,0.35)
tf.range(3,delta=2)
tf.range(3,dtype=tf.int64)
tf.linspace(0.0,1.0,5)
tf.linspace(0,10,3)
tf.linspace([0.0,1.0],[1.0,2.0],3)
tf.linspace([0.0,1.0],[1.0,2.0],3,axis=-1)
tf.linspace(1.0,2.0,1)
tf.linspace(1.0,2.0,0)
tf.fill([2,3],7)
tf.fill([],7.5)
tf.fill([2],True)
tf.fill(tf.constant([2]),1)
tf.fill([2],[1,2])
tf.zeros_like([1,2])
tf.zeros_like([1.0],dtype=tf.int32)
tf.zeros_like(tf.Variable([1.0]))
tf.ones_like([[1],[2]])
tf.ones_like([True])
tf.ones_like([1],tf.float16)
tf.shape([[1,2,3]])
tf.shape(3)
tf.shape([[1,2]],out_type=tf.int64)
tf.shape([[1,2,3]])[1]
tf.shape(tf.Variable([[1.0]]))
tf.shape_n([[1,2],[[3]]])
tf.size([[1,2,3]])
tf.size([])
tf.size(3,out_type=tf.int64)
tf.rank([[1,2,3]])
tf.rank(1)
tf.identity([1,2])
tf.identity(tf.Variable(1.5))
tf.identity_n([1,2.0])
tf.cumsum([1,2,3])
tf.cumsum([1,2,3],exclusive=True)
tf.cumsum([1,2,3],reverse=True)
tf.cumsum([1,2,3],exclusive=True,reverse=True)
tf.cumsum([[1,2],[3,4]],axis=1)
tf.cumsum([[1,2],[3,4]],axis=-2)
tf.cumsum([1,2,3],axis=1)
tf.cumsum(tf.constant([200,100],tf.uint8))
tf.cumsum([])
tf.reduce_max([[1,5],[7,2]],0)
tf.reduce_max([[1.0,5.0]],axis=-1,keepdims=True)
tf.reduce_max([])
tf.reduce_max(tf.zeros([0,2],tf.int32),0)
tf.reduce_min(tf.zeros([2,0]),1)
tf.reduce_max([1.0,float('nan')])
tf.reduce_max([[1,2]],axis=2)
tf.reduce_max([[1,2],[3,4]],axis=[])
tf.reduce_min([[1,2],[3,4]],[0,1])
tf.reduce_prod([[1,2],[3,4]],1)
tf.reduce_prod([])
tf.reduce_prod([2.0,3.0],keepdims=True)
tf.reduce_all([[True,False],[True,True]],1)
tf.reduce_all([])
tf.reduce_any([[True,False],[False,False]],axis=-1)
tf.reduce_any([1,0])
tf.reduce_all(tf.constant([],tf.bool))
tf.reduce_logsumexp([0.0,1.0,1000.0])
tf.reduce_logsumexp([[0.0,1.0],[2.0,3.0]],1,True)
tf.reduce_logsumexp([-float('inf')])
tf.reduce_logsumexp([1,2])
tf.reduce_logsumexp([])
tf.histogram_fixed_width([-1.0,0.0,1.5,2.0,5.0,15.0],[0.0,5.0],nbins=5)
tf.histogram_fixed_width([0.1,0.9],[0.0,1.0]).shape[0]
tf.histogram_fixed_width_bins([-1.0,0.0,1.5,2.0,5.0,15.0],[0.0,5.0],5)
tf.histogram_fixed_width([1,2,3],[0,4],2,tf.int64)
tf.gather([10,20,30],[2,0])
tf.gather([[1,2],[3,4]],[1],axis=1)
tf.gather([[1,2],[3,4]],1)
tf.gather([[1,2],[3,4]],[[0,1],[1,0]],batch_dims=1)
tf.gather([[1,2],[3,4]],[[0],[1]],axis=1,batch_dims=1)
tf.gather(tf.reshape(tf.range(12),[2,3,2]),[[2,0],[1,1]],axis=1,batch_dims=1)
tf.gather(tf.reshape(tf.range(12),[2,3,2]),[[0],[1]],axis=-1)
tf.gather([1,2],[5])
tf.gather([1,2],[-1])
tf.gather([1,2],[0.0])
tf.gather([1,2],tf.constant([1],tf.int64))
tf.gather([1,2],tf.constant([1],tf.uint8))
tf.gather([1,2],tf.constant([],tf.int32))
tf.gather(tf.Variable([1.0,2.0]),1)
tf.gather_nd([[1,2],[3,4]],[[0,0],[1,1]])
tf.gather_nd([[1,2],[3,4]],[[1],[0]])
tf.gather_nd([[1,2],[3,4]],[1,0])
tf.gather_nd([[[1,2],[3,4]],[[5,6],[7,8]]],[[[1]],[[0]]],batch_dims=1)
tf.gather_nd([[1,2],[3,4]],[[0,2]])
tf.gather_nd([[1,2],[3,4]],[[0,0,0]])
tf.scatter_nd([[1],[3]],[9,10],[5])
tf.scatter_nd([[1],[1]],[9.0,10.0],[3])
tf.scatter_nd([[0,1]],[5],[2,2])
tf.scatter_nd([[1]],[[5,6]],[2,2])
tf.scatter_nd([[5]],[1],[3])
tf.scatter_nd([1],[1],[3])
tf.scatter_nd(tf.constant([[1]]),tf.constant([2]),tf.constant([3]))
tf.tensor_scatter_nd_update([1,2,3],[[0],[2]],[9,8])
tf.tensor_scatter_nd_update([[1,2],[3,4]],[[1]],[[7,8]])
tf.tensor_scatter_nd_update([1.0,2.0],[[0]],[9])
tf.tensor_scatter_nd_update([1,2],[[5]],[9])
tf.tensor_scatter_nd_add([1,2,3],[[0],[0]],[9,8])
tf.tensor_scatter_nd_sub([1,2,3],[[0],[1]],[9,8])
tf.tensor_scatter_nd_max([1,2,3],[[0],[1]],[9,0])
tf.tensor_scatter_nd_min([1,2,3],[[0],[1]],[9,0])
tf.dynamic_stitch([[0,2],[1]],[[10,30],[20]])
tf.dynamic_stitch([[0],[0]],[[1],[2]])
tf.dynamic_stitch([[1]],[[[1,2]]])
tf.dynamic_partition([1,2,3],[0,1,0],2)
tf.dynamic_partition([[1,2],[3,4]],[1,1],2)
tf.dynamic_partition([1],[5],2)
tf.meshgrid([1,2],[3,4,5])
tf.meshgrid([1,2],[3,4,5],indexing='ij')
tf.meshgrid([1.0])
tf.meshgrid([1,2],[1.0])
tf.searchsorted([1,3,5],[0,3,6])
tf.searchsorted([1,3,5],[3],side='right')
tf.searchsorted([[1.0,3.0],[2.0,4.0]],[[2.0],[2.0]],out_type=tf.int64)
tf.searchsorted([1,3],[[1]])
tf.sequence_mask([1,3,2])
tf.sequence_mask([1,3],5,tf.float32)
tf.sequence_mask([[1],[2]])
tf.sequence_mask(2,3)
tf.sequence_mask([],3)
tf.broadcast_to([1,2],[2,2])
tf.broadcast_to(1,[2])
tf.broadcast_to([1,2],[3])
tf.broadcast_static_shape(tf.ones([2,1]).shape,tf.ones([3]).shape)[0]
tf.broadcast_dynamic_shape([2,1],[3])
tf.broadcast_dynamic_shape([2],[3])
tf.ensure_shape([[1,2]],[None,2])
tf.ensure_shape([1],[2])
tf.bitcast(1.0,tf.int32)
tf.bitcast([1],tf.uint8)
tf.bitcast(tf.constant([1,0,0,0],tf.uint8),tf.int32)
tf.unravel_index([3,5],[2,3])
tf.unravel_index(5,[2,3])
tf.slice([[1,2,3],[4,5,6]],[0,1],[2,2])
tf.slice([1,2,3],[1],[-1])
tf.slice([1,2,3],[1],[5])
tf.slice([1,2,3],[-1],[1])
tf.strided_slice([1,2,3,4],[0],[4],[2])
tf.strided_slice([[1,2],[3,4]],[0,0],[1,2],shrink_axis_mask=1)
tf.strided_slice([1,2,3],[1],[0],end_mask=1)
tf.strided_slice([1,2,3],[2],[0],[-1])
tf.clip_by_value([-1,2,5],0,3)
tf.clip_by_value([-1.0,2.0,5.0],[0.0,0.0,0.0],3.0)
tf.clip_by_value([1.0,float('nan')],0,2)
tf.clip_by_value([1,2],0.5,1.5)
tf.clip_by_value(2.0,1,3)
tf.clip_by_value(2.0,[1.0,2.0],3.0)
tf.clip_by_value(tf.constant([1.0]),tf.constant(0),tf.constant(2))
tf.clip_by_norm([3.0,4.0],1.0)
tf.clip_by_norm([0.3,0.4],1.0)
tf.clip_by_norm([[3.0,4.0],[0.6,0.8]],2,axes=[1])
tf.clip_by_norm([0.0,0.0],1.0)
tf.clip_by_norm([1,2],1)
tf.clip_by_global_norm([[3.0],[4.0]],1.0)
tf.clip_by_global_norm([[3.0],None],10.0)
tf.clip_by_global_norm([[3.0],[float('inf')]],1.0)
tf.add_n([[1,2],[3,4]])
tf.add_n([1.0,2.0,3.0])
tf.add_n([])
tf.add_n([tf.constant(1),tf.constant(2.0)])
tf.add_n([[1,2],[3]])
tf.scalar_mul(2.0,[1,2])
tf.scalar_mul([1,2],[1,2])
tf.complex(1.0,2.0)
tf.complex([1.0,2.0],3.0)
tf.complex(1,2)
tf.saturate_cast([-1,300],tf.uint8)
tf.saturate_cast([-1.5,300.7],tf.int8)
tf.saturate_cast([1e10,-1e10],tf.int32)
tf.saturate_cast([70000.0],tf.float16)
tf.saturate_cast(tf.constant([5],tf.uint8),tf.float32)
tf.atan2(1.0,[1.0,-1.0])
tf.atan2(0.0,-1.0)
tf.round([0.5,1.5,2.5,-0.5])
tf.sign([-2.0,0.0,float('nan')])
tf.sign(3+4j)
tf.abs(3+4j)
tf.abs(-128)
tf.pow(2,3)
tf.pow(2,-1)
tf.pow([-8.0],[1/3])
tf.pow(2.0,3)
tf.pow(0,0)
tf.space_to_batch_nd(tf.reshape(tf.range(8),[1,4,2]),[2],[[0,0]])
tf.space_to_batch(tf.reshape(tf.range(9),[1,3,3,1]),[2,2],[[0,1],[1,0]])
tf.batch_to_space(tf.reshape(tf.range(8),[4,2,1,1]),[2,2],[[1,0],[0,0]])
tf.is_tensor(tf.ones(1))
tf.is_tensor(tf.Variable(1.0))
tf.is_tensor([1.0])
tf.truncatediv(-7,2)
tf.truncatemod(-7,2)
tf.bitwise.invert([0,5])
tf.bitwise.invert(tf.constant([0,5],tf.uint8))
tf.bitwise.left_shift([1],[40])
tf.bitwise.right_shift([-8],[1])
tf.bitwise.bitwise_and([1.0],[2.0])
tf.matmul([[1,2]],[[1],[2]])
tf.matmul(tf.constant([[1]]),tf.constant([[1.0]]))
tf.tensordot([[1,2],[3,4]],[[5,6],[7,8]],1)
tf.tensordot([[1.0,2.0],[3.0,4.0]],[[5.0,6.0],[7.0,8.0]],axes=[[0],[1]])
tf.tensordot([[1,2],[3,4]],[[5,6],[7,8]],axes=[0,1])
tf.tensordot([1.0,2.0],[3.0,4.0],0)
tf.tensordot([[1,2],[3,4]],[[5,6],[7,8]],2)
tf.einsum('ij,jk->ik',tf.constant([[1.0,2.0]]),tf.constant([[1.0],[2.0]]))
tf.einsum('ij->ji',tf.constant([[1,2]]))
tf.einsum('...ij,...jk->...ik',tf.ones([2,1,3]),tf.ones([3,2]))
tf.einsum('ii->',tf.constant([[1.0,2.0],[3.0,4.0]]))
tf.einsum('i,i',tf.constant([1.0,2.0]),tf.constant([3.0,4.0]))
""",
    "linalg": """
tf.linalg.eye(1)
tf.linalg.global_norm([[3.0],[4.0],None])
tf.linalg.matvec([[1,2],[3,4]],[1,1])
tf.linalg.matvec([[1.0,2.0],[3.0,4.0]],[1.0,1.0],transpose_a=True)
tf.norm([3.0,4.0])
tf.norm([[3.0,4.0],[6.0,8.0]],axis=1)
tf.norm([[3.0,4.0],[6.0,8.0]],ord=1,axis=0)
tf.norm([[3.0,4.0],[6.0,8.0]],ord=np.inf)
tf.norm([[3.0,4.0],[6.0,8.0]],ord='fro',axis=[0,1],keepdims=True)
tf.norm([[3.0,4.0],[6.0,8.0]],ord=1,axis=[0,1])
tf.norm([[3.0,4.0],[6.0,8.0]],ord=2,axis=[0,1])
tf.norm([[3.0,4.0],[6.0,8.0]],ord=np.inf,axis=[-2,-1])
tf.norm([[3.0,4.0],[6.0,8.0]],ord=3)
tf.norm([3+4j])
tf.norm([3,4])
tf.norm([3.0,4.0],ord='foo')
tf.norm([3.0,4.0],ord=0)
tf.norm([[3.0,4.0]],ord='fro',axis=1)
tf.linalg.normalize([[3.0,4.0]],axis=1)
tf.linalg.trace([[1,2],[3,4]])
tf.linalg.trace([[[1.0,2.0],[3.0,4.0]]])
tf.linalg.adjoint([[1+2j,3]])
tf.linalg.matrix_transpose([[1,2],[3,4]])
tf.linalg.diag([1,2])
tf.linalg.diag([[1.0,2.0]])
tf.linalg.diag([1,2],k=1)
tf.linalg.diag([1,2],k=-1,padding_value=9)
tf.linalg.diag([1,2],num_rows=3,num_cols=2)
tf.linalg.diag_part([[1,2,3],[4,5,6]])
tf.linalg.diag_part([[1,2,3],[4,5,6]],k=1)
tf.linalg.set_diag([[1,2],[3,4]],[9,9])
tf.linalg.set_diag([[1,2],[3,4]],[9],k=1)
tf.linalg.tensor_diag([1,2])
tf.linalg.tensor_diag_part([[1,2],[3,4]])
tf.linalg.tensor_diag_part([[1,2]])
tf.linalg.band_part([[1,2,3],[4,5,6],[7,8,9]],1,0)
tf.linalg.band_part([[1,2,3],[4,5,6],[7,8,9]],-1,0)
tf.linalg.band_part([[1.0,2.0],[3.0,4.0]],0,-1)
tf.linalg.cross([1,0,0],[0,1,0])
tf.linalg.cross([1,0],[0,1])
tf.linalg.det([[1.0,2.0],[3.0,4.0]])
tf.linalg.det([[1,2],[3,4]])
tf.linalg.det([[1.0,2.0]])
tf.linalg.slogdet([[1.0,2.0],[3.0,4.0]])
tf.linalg.logdet([[2.0,0.5],[0.5,1.0]])
tf.linalg.inv([[1.0,2.0],[3.0,4.0]])
tf.linalg.inv([[1.0,2.0],[3.0,4.0]],adjoint=True)
tf.linalg.pinv([[1.0,2.0],[3.0,4.0],[5.0,6.0]])
tf.linalg.solve([[1.0,2.0],[3.0,4.0]],[[1.0],[2.0]])
tf.linalg.solve([[1.0,2.0],[3.0,4.0]],[[1.0],[2.0]],adjoint=True)
tf.linalg.solve([[1.0,2.0],[3.0,4.0]],[1.0,2.0])
tf.linalg.triangular_solve([[1.0,9.0],[3.0,4.0]],[[1.0],[2.0]])
tf.linalg.triangular_solve([[1.0,9.0],[3.0,4.0]],[[1.0],[2.0]],lower=False)
tf.linalg.triangular_solve([[1.0,9.0],[3.0,4.0]],[[1.0],[2.0]],adjoint=True)
tf.linalg.lstsq([[1.0,1.0],[1.0,2.0],[1.0,3.0]],[[1.0],[2.0],[2.0]])
tf.linalg.lstsq([[1.0,1.0],[1.0,2.0],[1.0,3.0]],[[1.0],[2.0],[2.0]],l2_regularizer=0.5)
tf.linalg.lstsq([[1.0,1.0,2.0],[1.0,2.0,0.0]],[[1.0],[2.0]],fast=False)
tf.linalg.cholesky([[4.0,9.0],[2.0,5.0]])
tf.linalg.cholesky_solve([[2.0,0.0],[1.0,2.0]],[[1.0],[2.0]])
tf.abs(tf.linalg.qr([[1.0,2.0],[3.0,4.0],[5.0,7.0]]).r)
tf.linalg.qr([[1.0,2.0],[3.0,4.0],[5.0,7.0]],full_matrices=True).q.shape[0] == 3
tf.linalg.svd([[1.0,2.0],[3.0,4.0],[5.0,7.0]],compute_uv=False)
(lambda s,u,v: tf.matmul(u*s,v,adjoint_b=True))(*tf.linalg.svd([[1.0,2.0],[3.0,4.0],[5.0,7.0]]))
tf.linalg.eigh([[2.0,9.0],[1.0,3.0]])[0]
tf.linalg.eigvalsh([[2.0,1.0],[1.0,3.0]])
tf.linalg.lu([[1.0,2.0],[3.0,4.0]])
tf.linalg.lu_reconstruct(*tf.linalg.lu([[1.0,2.0],[3.0,4.0]]))
tf.linalg.matrix_rank([[1.0,2.0],[2.0,4.0]])
tf.linalg.expm([[0.0,1.0],[-1.0,0.5]])
tf.linalg.sqrtm([[4.0,1.0],[0.0,9.0]])
tf.linalg.tridiagonal_solve(tf.constant([[1.0,2.0,0.0],[4.0,5.0,6.0],[0.0,1.0,2.0]]),tf.constant([1.0,2.0,3.0]))
""",
    "math": """
tf.math.cumprod([2,3,4])
tf.math.cumprod([2,3,4],exclusive=True)
tf.math.cumprod([2,3,4],0,True,True)
tf.math.cumprod([2.0,0.0,4.0],reverse=True)
tf.math.cumulative_logsumexp([0.0,1.0,2.0])
tf.math.cumulative_logsumexp([0.0,1.0,2.0],exclusive=True)
tf.math.cumulative_logsumexp([0.0,1.0,2.0],reverse=True,exclusive=True)
tf.math.reduce_std([[1.0,2.0],[3.0,5.0]],0)
tf.math.reduce_variance([[1.0,2.0],[3.0,5.0]],1,keepdims=True)
tf.math.reduce_variance([1,2])
tf.math.reduce_variance([1+1j,2.0])
tf.math.reduce_std([])
tf.math.reduce_euclidean_norm([[3.0,4.0]],1)
tf.math.reduce_euclidean_norm([3,4])
tf.math.reduce_euclidean_norm([3+4j])
tf.math.count_nonzero([[0,1],[2,0]],1)
tf.math.count_nonzero([0.0,1.5],dtype=tf.int32)
tf.math.count_nonzero([True,False])
tf.math.zero_fraction([0.0,1.0,0.0])
tf.math.top_k([1,5,3],2)
tf.math.top_k([[1.0,5.0,3.0],[9.0,8.0,7.0]],k=2)
tf.math.top_k([1,1,0],2)
tf.math.top_k([1,5],3)
tf.math.in_top_k([1,0],[[0.1,0.9],[0.4,0.6]],1)
tf.math.in_top_k([5],[[0.1,0.9]],1)
tf.math.in_top_k([0],[[float('nan'),0.9]],2)
tf.math.bincount([1,1,2])
tf.math.bincount([1,1,2],minlength=5)
tf.math.bincount([1,1,7],maxlength=3)
tf.math.bincount([1,1,2],weights=[0.5,1.0,2.0])
tf.math.bincount([[1,1],[0,2]],axis=-1)
tf.math.bincount([[1,1],[0,2]])
tf.math.bincount([1,1,2],binary_output=True)
tf.math.bincount([],dtype=tf.float32)
tf.math.bincount(tf.constant([],tf.int32))
tf.math.confusion_matrix([1,2,4],[2,2,4])
tf.math.confusion_matrix([1,0],[1,1],num_classes=2,weights=[2,3])
tf.math.confusion_matrix([1,0],[1,1],dtype=tf.float32)
tf.math.confusion_matrix([5],[1],num_classes=2)
tf.math.is_non_decreasing([1,1,2])
tf.math.is_strictly_increasing([1,1,2])
tf.math.is_strictly_increasing([])
tf.math.segment_sum([[1,2],[3,4],[5,6]],[0,0,1])
tf.math.segment_sum([1,2,3],[0,2,2])
tf.math.segment_sum([1,2,3],[1,0,2])
tf.math.segment_mean([1.0,2.0,4.0],[0,0,2])
tf.math.segment_mean([1,2,4],[0,0,1])
tf.math.segment_prod([1,2,3],[0,0,2])
tf.math.segment_max([1,2,3],[0,0,2])
tf.math.segment_min([1.0,2.0,3.0],[0,0,2])
tf.math.unsorted_segment_sum([1,2,3],[2,0,2],4)
tf.math.unsorted_segment_sum([1,2,3],[2,-1,2],3)
tf.math.unsorted_segment_sum([[1,2],[3,4]],[[0,1],[1,0]],2)
tf.math.unsorted_segment_mean([1.0,2.0,4.0],[0,0,2],3)
tf.math.unsorted_segment_mean([1,2,4],[0,0,2],3)
tf.math.unsorted_segment_max([1,2,3],[0,0,2],3)
tf.math.unsorted_segment_min([1.0,2.0,3.0],[0,0,2],3)
tf.math.unsorted_segment_prod([1,2,3],[0,0,2],3)
tf.math.unsorted_segment_sqrt_n([1.0,2.0,3.0],[0,0,2],3)
tf.math.unsorted_segment_sum([1,2,3],[5,0,0],3)
tf.math.invert_permutation([2,0,1])
tf.math.polygamma(1.0,[1.0,2.0])
tf.math.polygamma(0.0,2.0)
tf.math.polygamma([2.0,3.0],[1.5,0.5])
tf.math.betainc(0.5,2.0,[0.1,0.9])
tf.math.lbeta([[1.0,2.0],[3.0,4.0]])
tf.math.polyval([1.0,2.0,3.0],[2.0])
tf.math.polyval([],[2.0])
tf.math.polyval(1.0,2.0)
tf.math.erfcinv([0.1,1.0,1.9])
tf.math.ndtri([0.1,0.5,0.0])
tf.math.angle([1.0,-1.0])
tf.math.angle(1+1j)
tf.math.conj(1+1j)
tf.math.imag(1.5)
tf.math.imag(2)
tf.math.l2_normalize([3.0,4.0],0)
tf.sort(tf.math.real(tf.linalg.eigvals(tf.constant([[2.0,1.0],[1.0,3.0]]))))
""",
    "nn": """
tf.nn.top_k([1,5,3]).values
tf.nn.in_top_k([0,1],[[0.5,0.5,0.1],[0.5,0.5,0.5]],1)
tf.nn.embedding_lookup(tf.constant([[1.0,2.0],[3.0,4.0]]),[1,0,1])
tf.nn.embedding_lookup(tf.constant([[3.0,4.0],[0.3,0.4]]),[0,1],max_norm=1.0)
tf.nn.embedding_lookup(tf.constant([[1.0]]),[[0]])
tf.nn.relu([-1.0,0.0,2.0])
tf.nn.relu6([-1.0,3.0,8.0])
tf.nn.elu([-1.0,0.0,2.0])
tf.nn.selu([-1.0,0.0,2.0])
tf.nn.gelu([-1.0,0.0,2.0])
tf.nn.gelu([-1.0,0.0,2.0],approximate=True)
tf.nn.silu([-1.0,0.0,2.0])
tf.nn.silu([-1.0,2.0],beta=2.0)
tf.nn.swish([-1.0,2.0])
tf.nn.leaky_relu([-1.0,0.0,2.0])
tf.nn.leaky_relu([-1,2],alpha=0.5)
tf.nn.crelu([-1.0,2.0])
tf.nn.crelu([[-1.0],[2.0]],axis=0)
tf.nn.softmax([[1.0,2.0],[3.0,5.0]])
tf.nn.softmax([[1.0,2.0],[3.0,5.0]],axis=0)
tf.nn.softmax([1,2])
tf.nn.softmax([[1.0]],axis=3)
tf.nn.log_softmax([1.0,1000.0])
tf.nn.softmax_cross_entropy_with_logits([[1.0,0.0],[0.5,0.5]],[[2.0,1.0],[0.0,3.0]])
tf.nn.softmax_cross_entropy_with_logits(labels=[[1.0],[0.0]],logits=[[2.0],[1.0]],axis=0)
tf.nn.softmax_cross_entropy_with_logits([[1,0]],[[2.0,1.0]])
tf.nn.softmax_cross_entropy_with_logits(tf.constant([[1,0]]),[[2.0,1.0]])
tf.nn.softmax_cross_entropy_with_logits([[2.0,1.0]],[[2.0,1.0]])
tf.nn.softmax_cross_entropy_with_logits([[1.0,0.0]],tf.constant([[2.0,1.0]],tf.float16))
tf.nn.sparse_softmax_cross_entropy_with_logits([0,1],[[2.0,1.0],[0.0,3.0]])
tf.nn.sparse_softmax_cross_entropy_with_logits(labels=1,logits=[2.0,1.0])
tf.nn.sparse_softmax_cross_entropy_with_logits([[0,1]],[[[2.0,1.0],[0.0,3.0]]])
tf.nn.sparse_softmax_cross_entropy_with_logits([5],[[2.0,1.0]])
tf.nn.sparse_softmax_cross_entropy_with_logits([0.0],[[2.0,1.0]])
tf.nn.sparse_softmax_cross_entropy_with_logits([[1.0,0.0]],[[2.0,1.0]])
tf.nn.sparse_softmax_cross_entropy_with_logits([0,1,0],[[2.0,1.0]])
tf.nn.sigmoid_cross_entropy_with_logits([1.0,0.0,0.5],[2.0,-1000.0,0.0])
tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0],logits=[2.0])
tf.nn.sigmoid_cross_entropy_with_logits([1.0],[[2.0]])
tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.constant([1]),logits=[2.0])
tf.nn.weighted_cross_entropy_with_logits([1.0,0.0],[2.0,1.0],3.0)
tf.nn.log_poisson_loss([1.0,2.0],[0.5,1.0])
tf.nn.log_poisson_loss([1.0,4.0],[0.5,1.0],compute_full_loss=True)
tf.nn.ctc_loss([[1,2]],tf.reshape(tf.cast(tf.range(12),tf.float32)/12,[4,1,3]),[2],[4])
tf.nn.ctc_loss(tf.constant([[0,1]]),tf.reshape(tf.cast(tf.range(12),tf.float32)/7,[1,4,3]),[2],[4],logits_time_major=False,blank_index=-1)
tf.nn.ctc_loss([[1,2],[2,0]],tf.reshape(tf.cast(tf.range(24),tf.float32)/7,[4,2,3]),[2,1],[4,3])
tf.nn.compute_average_loss([1.0,2.0,3.0])
tf.nn.compute_average_loss([1.0,2.0],sample_weight=[0.5,1.0],global_batch_size=4)
tf.nn.compute_average_loss([[1.0,2.0],[3.0,5.0]],global_batch_size=4)
tf.nn.compute_average_loss([[1.0,2.0],[3.0,5.0]])
tf.nn.compute_average_loss(3.0,global_batch_size=2)
tf.nn.scale_regularization_loss([1.0,2.0])
tf.nn.l2_loss([1.0,3.0])
tf.nn.l2_loss([1,3])
tf.nn.l2_normalize([3.0,4.0])
tf.nn.l2_normalize([[3.0,4.0],[0.0,0.0]],axis=1)
tf.nn.l2_normalize([[3.0,4.0],[1.0,1.0]],[0,1],epsilon=100.0)
tf.nn.moments(tf.constant([[1.0,2.0],[3.0,5.0]]),[0])
tf.nn.moments(tf.constant([[1.0,2.0],[3.0,5.0]]),axes=[0,1],keepdims=True)
tf.nn.moments([1,2],0)
tf.nn.weighted_moments([[1.0,2.0],[3.0,5.0]],[0],[[1.0],[3.0]])
tf.nn.weighted_moments([1.0,2.0],[0],[1.0,3.0],keepdims=True)
tf.nn.sufficient_statistics([[1.0,2.0],[3.0,5.0]],[0])[:3]
tf.nn.sufficient_statistics([1.0,2.0],[0],shift=1.0)
tf.nn.normalize_moments(2.0,4.0,10.0,None)
tf.nn.normalize_moments(2.0,4.0,10.0,1.0)
tf.nn.batch_normalization(tf.constant([[1.0,2.0],[3.0,5.0]]),tf.constant([2.0,3.5]),tf.constant([1.0,2.25]),tf.constant([0.1,0.2]),tf.constant([2.0,3.0]),1e-3)
tf.nn.batch_normalization(tf.constant([[1.0,2.0]]),tf.constant([2.0,3.5]),tf.constant([1.0,2.25]),None,None,0.01)
tf.nn.local_response_normalization(tf.reshape(tf.cast(tf.range(8),tf.float32),[1,1,2,4]),1,0.5,2.0,0.75)
tf.nn.lrn(tf.ones([1,1,1,3]))
tf.nn.bias_add([[1.0,2.0]],[10.0,20.0])
tf.nn.bias_add(tf.ones([1,2,2,2]),[1.0,2.0],data_format='NCHW')
tf.nn.bias_add([[1,2]],[10,20])
tf.nn.bias_add([[1.0,2.0]],[10.0])
tf.nn.bias_add([1.0],[10.0])
tf.nn.dropout([1.0,2.0],0)
tf.nn.dropout([1.0,2.0],rate=1.0)
tf.nn.dropout([1,2],0.5)
tf.nn.dropout(tf.ones([4,3]),0.5,noise_shape=[4,1]).shape[1]
tf.nn.conv1d(tf.reshape(tf.cast(tf.range(6),tf.float32),[1,6,1]),[[[1.0]],[[2.0]],[[3.0]]],1,'SAME')
tf.nn.conv1d(tf.reshape(tf.cast(tf.range(6),tf.float32),[1,6,1]),[[[1.0]],[[2.0]]],stride=2,padding='VALID')
tf.nn.conv1d(tf.reshape(tf.cast(tf.range(6),tf.float32),[1,6,1]),[[[1.0]],[[2.0]]],1,'VALID',dilations=2)
tf.nn.conv2d(tf.reshape(tf.cast(tf.range(16),tf.float32),[1,4,4,1]),tf.reshape(tf.cast(tf.range(9),tf.float32),[3,3,1,1]),1,'SAME')
tf.nn.conv2d(tf.reshape(tf.cast(tf.range(16),tf.float32),[1,4,4,1]),tf.reshape(tf.cast(tf.range(4),tf.float32),[2,2,1,1]),[1,2,2,1],'VALID')
tf.nn.conv2d(tf.reshape(tf.cast(tf.range(25),tf.float32),[1,5,5,1]),tf.reshape(tf.cast(tf.range(4),tf.float32),[2,2,1,1]),strides=2,padding='SAME')
tf.nn.conv2d(tf.reshape(tf.cast(tf.range(16),tf.float32),[1,4,4,1]),tf.ones([2,2,1,1]),1,[[0,0],[1,0],[0,1],[0,0]])
tf.nn.conv2d(tf.reshape(tf.cast(tf.range(16),tf.float32),[1,4,4,1]),tf.ones([2,2,1,1]),1,'VALID',dilations=2)
tf.nn.conv2d(tf.reshape(tf.cast(tf.range(32),tf.float32),[1,4,4,2]),tf.reshape(tf.cast(tf.range(8),tf.float32),[2,2,1,2]),1,'VALID')
tf.nn.conv2d(tf.ones([1,4,4,3]),tf.ones([2,2,2,1]),1,'VALID')
tf.nn.conv2d(tf.ones([1,4,4,1]),tf.ones([2,2,1,1]),[2,2,2,1],'SAME')
tf.nn.conv3d(tf.reshape(tf.cast(tf.range(8),tf.float32),[1,2,2,2,1]),tf.ones([2,2,2,1,1]),[1,1,1,1,1],'SAME')
tf.nn.convolution(tf.ones([1,4,4,1]),tf.ones([2,2,1,1]),padding='SAME')
tf.nn.atrous_conv2d(tf.reshape(tf.cast(tf.range(25),tf.float32),[1,5,5,1]),tf.ones([2,2,1,1]),2,'SAME')
tf.nn.depthwise_conv2d(tf.reshape(tf.cast(tf.range(32),tf.float32),[1,4,4,2]),tf.reshape(tf.cast(tf.range(16),tf.float32),[2,2,2,2]),[1,1,1,1],'VALID')
tf.nn.separable_conv2d(tf.reshape(tf.cast(tf.range(18),tf.float32),[1,3,3,2]),tf.ones([2,2,2,1]),tf.reshape(tf.cast(tf.range(4),tf.float32),[1,1,2,2]),[1,1,1,1],'SAME')
tf.nn.conv1d_transpose(tf.reshape(tf.cast(tf.range(3),tf.float32),[1,3,1]),tf.reshape(tf.cast(tf.range(3),tf.float32),[3,1,1]),[1,6,1],2)
tf.nn.conv1d_transpose(tf.reshape(tf.cast(tf.range(3),tf.float32),[1,3,1]),tf.reshape(tf.cast(tf.range(3),tf.float32),[3,1,1]),[1,7,1],2,padding='VALID')
tf.nn.conv2d_transpose(tf.reshape(tf.cast(tf.range(4),tf.float32),[1,2,2,1]),tf.reshape(tf.cast(tf.range(9),tf.float32),[3,3,1,1]),[1,4,4,1],2)
tf.nn.conv2d_transpose(tf.reshape(tf.cast(tf.range(4),tf.float32),[1,2,2,1]),tf.reshape(tf.cast(tf.range(9),tf.float32),[3,3,1,1]),[1,3,3,1],[1,2,2,1])
tf.nn.conv2d_transpose(tf.reshape(tf.cast(tf.range(4),tf.float32),[1,2,2,1]),tf.reshape(tf.cast(tf.range(18),tf.float32),[3,3,2,1]),tf.constant([1,5,5,2]),2,'VALID')
tf.nn.conv2d_transpose(tf.reshape(tf.cast(tf.range(4),tf.float32),[1,2,2,1]),tf.reshape(tf.cast(tf.range(16),tf.float32),[4,4,1,1]),[1,4,4,1],strides=2,padding='SAME')
tf.nn.conv2d_transpose(tf.ones([1,2,2,1]),tf.ones([3,3,1,1]),[1,9,9,1],2)
tf.nn.conv3d_transpose(tf.ones([1,1,1,1,1]),tf.ones([2,2,2,1,1]),[1,2,2,2,1],2)
tf.nn.conv_transpose(tf.ones([1,2,1]),tf.ones([3,1,1]),[1,4,1],2)
tf.nn.max_pool(tf.reshape(tf.cast(tf.range(16),tf.float32),[1,4,4,1]),2,2,'VALID')
tf.nn.max_pool2d(tf.reshape(tf.cast(tf.range(25),tf.float32),[1,5,5,1]),3,[1,2,2,1],'SAME')
tf.nn.max_pool2d(tf.reshape(tf.cast(tf.range(16),tf.float32)-20,[1,4,4,1]),[1,2,2,1],3,'SAME')
tf.nn.max_pool1d(tf.reshape(tf.cast(tf.range(6),tf.float32),[1,6,1]),2,1,'VALID')
tf.nn.max_pool3d(tf.reshape(tf.cast(tf.range(8),tf.float32),[1,2,2,2,1]),2,2,'VALID')
tf.nn.max_pool2d(tf.reshape(tf.range(16),[1,4,4,1]),2,2,'VALID')
tf.nn.avg_pool(tf.reshape(tf.cast(tf.range(16),tf.float32),[1,4,4,1]),2,2,'VALID')
tf.nn.avg_pool2d(tf.reshape(tf.cast(tf.range(25),tf.float32),[1,5,5,1]),3,2,'SAME')
tf.nn.avg_pool1d(tf.reshape(tf.cast(tf.range(6),tf.float32),[1,6,1]),2,2,'VALID')
tf.nn.avg_pool3d(tf.reshape(tf.cast(tf.range(8),tf.float32),[1,2,2,2,1]),2,2,'VALID')
tf.nn.pool(tf.reshape(tf.cast(tf.range(6),tf.float32),[1,6,1]),[2],'AVG',strides=[2])
tf.nn.pool(tf.reshape(tf.cast(tf.range(6),tf.float32),[1,6,1]),[2],'MAX',dilations=[2])
tf.nn.max_pool2d(tf.ones([4,4,1]),2,2,'VALID')
tf.nn.space_to_depth(tf.reshape(tf.range(32),[1,4,4,2]),2)
tf.nn.depth_to_space(tf.reshape(tf.range(32),[1,2,2,8]),2)
""",
    "nest": """
tf.nest.flatten({'b':1,'a':[2,(3,)]})
tf.nest.flatten(5)
tf.nest.flatten([])
tf.nest.map_structure(lambda x:x+1,{'a':1,'b':[2]})['b']
tf.nest.map_structure(lambda x,y:x+y,[1,2],[3,4])
tf.nest.map_structure(lambda x,y:x+y,[1,2],[3])
tf.nest.map_structure(lambda x,y:x+y,[1,2],(3,4))
tf.nest.map_structure(lambda x,y:x+y,[1,2],(3,4),check_types=False)
tf.nest.pack_sequence_as([0,[0]],[1,2])
tf.nest.pack_sequence_as([0,[0]],[1])
tf.nest.assert_same_structure([1],[2])
tf.nest.assert_same_structure([1],[[2]])
tf.nest.assert_same_structure([1],(2,))
tf.nest.is_nested([1])
tf.nest.is_nested({})
tf.nest.is_nested('ab')
""",
    "signal": """
tf.signal.fft([1+0j,2,3,4])
tf.signal.ifft([1+0j,2,3,4])
tf.signal.fft2d([[1+0j,2],[3,4]])
tf.signal.ifft2d([[1+0j,2],[3,4]])
tf.signal.fft([1.0,2.0])
tf.signal.rfft([1.0,2.0,3.0,4.0])
tf.signal.rfft([1.0,2.0,3.0],[4])
tf.signal.irfft(tf.signal.rfft([1.0,2.0,3.0,4.0]))
tf.signal.rfft2d([[1.0,2.0],[3.0,4.0]])
tf.signal.irfft2d(tf.signal.rfft2d([[1.0,2.0],[3.0,4.0]]))
tf.signal.fftshift([0,1,2,-2,-1])
tf.signal.ifftshift([[0,1],[2,3]],axes=1)
tf.signal.dct([1.0,2.0,3.0])
tf.signal.dct([1.0,2.0,3.0],norm='ortho')
tf.signal.dct([1.0,2.0,3.0],n=4)
tf.signal.idct([1.0,2.0,3.0])
tf.signal.idct([1.0,2.0,3.0],norm='ortho')
tf.signal.hann_window(5)
tf.signal.hann_window(4)
tf.signal.hann_window(5,periodic=False)
tf.signal.hann_window(4,periodic=False)
tf.signal.hann_window(1)
tf.signal.hamming_window(6)
tf.signal.frame([1,2,3,4,5],3,2)
tf.signal.frame([1,2,3,4],3,2,pad_end=True)
tf.signal.frame([1,2,3,4],3,2,pad_end=True,pad_value=9)
tf.signal.frame([[1,2,3,4]],2,2,axis=1)
tf.signal.frame([1,2],3,1)
tf.signal.overlap_and_add([[1.0,2.0,3.0],[4.0,5.0,6.0]],2)
tf.abs(tf.signal.stft(tf.cast(tf.range(10),tf.float32),4,2))
tf.abs(tf.signal.stft(tf.cast(tf.range(10),tf.float32),3,2,fft_length=8,window_fn=None,pad_end=True))
tf.signal.inverse_stft(tf.signal.stft(tf.cast(tf.range(10),tf.float32),4,2),4,2,window_fn=tf.signal.inverse_stft_window_fn(2))
tf.signal.inverse_stft_window_fn(2)(5,tf.float32)
tf.reduce_sum(tf.signal.linear_to_mel_weight_matrix(5,17,8000,100.0,3000.0),0)
tf.signal.mfccs_from_log_mel_spectrograms([[1.0,2.0,4.0]])
""",
    "random": """
tf.random.stateless_normal([2,3],[1,2]).shape[1]
tf.random.stateless_uniform([2],[1,2],7,8,tf.int32)
tf.random.stateless_uniform([2],[1,2],maxval=None,minval=None,dtype=tf.int32).shape[0]
tf.random.stateless_uniform([2],[1,2],dtype=tf.int32)
tf.random.stateless_uniform([2],[1])
tf.random.stateless_normal([2],[1,2],5.0,0.0)
tf.random.stateless_categorical([[0.0,-1e9]],3,[1,2])
tf.random.stateless_binomial([2],[1,2],3.0,1.0)
tf.random.stateless_poisson([2],[1,2],0.0)
tf.random.stateless_gamma([3,2],[1,2],[1.0,2.0]).shape[0]
tf.random.stateless_truncated_normal([2],[1,2],3.0,0.0)
tf.random.truncated_normal([2],3.0,0.0)
tf.random.categorical([[0.0,-1e9]],3)
tf.random.categorical([[0.0,-1e9]],3,dtype=tf.int32)
tf.random.categorical([0.0],3)
tf.random.poisson([2],[0.0,0.0])
tf.random.gamma([3],[1.0,2.0]).shape[1]
tf.random.shuffle([7,7])
tf.sort(tf.random.shuffle([3,1,2]))
tf.random.split([1,2],num=3).shape[0]
tf.random.fold_in([1,2],3).shape[0]
tf.random.Generator.from_seed(1).normal([2],3.0,0.0)
tf.random.Generator.from_seed(1).uniform([2],7,8,tf.int32)
tf.random.Generator.from_seed(1).uniform_full_int([2],tf.int32).shape[0]
tf.random.Generator.from_seed(1).binomial([2],3.0,1.0)
tf.random.Generator.from_seed(1).make_seeds(3).shape[1]
len(tf.random.Generator.from_seed(1).split(3))
tf.random.get_global_generator().normal([2]).shape[0]
""",
    "binary": """
tf.add([-7,7,-7],[2,-2,-2])
tf.add([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.add([1,2],[0,1])
tf.add(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.add(1,2.5)
tf.add(2.5,1)
tf.add(tf.constant([2.0]),1)
tf.add(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.add(np.array([1.0,2.0]),np.array([1,2]))
tf.add(tf.ones([2,1]),tf.ones([3]))
tf.add(tf.ones([2]),tf.ones([3]))
tf.add(tf.Variable([1.0,2.0]),2.0)
tf.add(tf.zeros([0]),2.0)
tf.multiply([-7,7,-7],[2,-2,-2])
tf.multiply([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.multiply([1,2],[0,1])
tf.multiply(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.multiply(1,2.5)
tf.multiply(2.5,1)
tf.multiply(tf.constant([2.0]),1)
tf.multiply(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.multiply(np.array([1.0,2.0]),np.array([1,2]))
tf.multiply(tf.ones([2,1]),tf.ones([3]))
tf.multiply(tf.ones([2]),tf.ones([3]))
tf.multiply(tf.Variable([1.0,2.0]),2.0)
tf.multiply(tf.zeros([0]),2.0)
tf.divide([-7,7,-7],[2,-2,-2])
tf.divide([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.divide([1,2],[0,1])
tf.divide(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.divide(1,2.5)
tf.divide(2.5,1)
tf.divide(tf.constant([2.0]),1)
tf.divide(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.divide(np.array([1.0,2.0]),np.array([1,2]))
tf.divide(tf.ones([2,1]),tf.ones([3]))
tf.divide(tf.ones([2]),tf.ones([3]))
tf.divide(tf.Variable([1.0,2.0]),2.0)
tf.divide(tf.zeros([0]),2.0)
tf.math.floordiv([-7,7,-7],[2,-2,-2])
tf.math.floordiv([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.math.floordiv([1,2],[0,1])
tf.math.floordiv(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.math.floordiv(1,2.5)
tf.math.floordiv(2.5,1)
tf.math.floordiv(tf.constant([2.0]),1)
tf.math.floordiv(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.math.floordiv(np.array([1.0,2.0]),np.array([1,2]))
tf.math.floordiv(tf.ones([2,1]),tf.ones([3]))
tf.math.floordiv(tf.ones([2]),tf.ones([3]))
tf.math.floordiv(tf.Variable([1.0,2.0]),2.0)
tf.math.floordiv(tf.zeros([0]),2.0)
tf.math.floormod([-7,7,-7],[2,-2,-2])
tf.math.floormod([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.math.floormod([1,2],[0,1])
tf.math.floormod(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.math.floormod(1,2.5)
tf.math.floormod(2.5,1)
tf.math.floormod(tf.constant([2.0]),1)
tf.math.floormod(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.math.floormod(np.array([1.0,2.0]),np.array([1,2]))
tf.math.floormod(tf.ones([2,1]),tf.ones([3]))
tf.math.floormod(tf.ones([2]),tf.ones([3]))
tf.math.floormod(tf.Variable([1.0,2.0]),2.0)
tf.math.floormod(tf.zeros([0]),2.0)
tf.truncatediv([-7,7,-7],[2,-2,-2])
tf.truncatediv([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.truncatediv([1,2],[0,1])
tf.truncatediv(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.truncatediv(1,2.5)
tf.truncatediv(2.5,1)
tf.truncatediv(tf.constant([2.0]),1)
tf.truncatediv(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.truncatediv(np.array([1.0,2.0]),np.array([1,2]))
tf.truncatediv(tf.ones([2,1]),tf.ones([3]))
tf.truncatediv(tf.ones([2]),tf.ones([3]))
tf.truncatediv(tf.Variable([1.0,2.0]),2.0)
tf.truncatediv(tf.zeros([0]),2.0)
tf.truncatemod([-7,7,-7],[2,-2,-2])
tf.truncatemod([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.truncatemod([1,2],[0,1])
tf.truncatemod(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.truncatemod(1,2.5)
tf.truncatemod(2.5,1)
tf.truncatemod(tf.constant([2.0]),1)
tf.truncatemod(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.truncatemod(np.array([1.0,2.0]),np.array([1,2]))
tf.truncatemod(tf.ones([2,1]),tf.ones([3]))
tf.truncatemod(tf.ones([2]),tf.ones([3]))
tf.truncatemod(tf.Variable([1.0,2.0]),2.0)
tf.truncatemod(tf.zeros([0]),2.0)
tf.pow([-7,7,-7],[2,-2,-2])
tf.pow([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.pow([1,2],[0,1])
tf.pow(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.pow(1,2.5)
tf.pow(2.5,1)
tf.pow(tf.constant([2.0]),1)
tf.pow(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.pow(np.array([1.0,2.0]),np.array([1,2]))
tf.pow(tf.ones([2,1]),tf.ones([3]))
tf.pow(tf.ones([2]),tf.ones([3]))
tf.pow(tf.Variable([1.0,2.0]),2.0)
tf.pow(tf.zeros([0]),2.0)
tf.maximum([-7,7,-7],[2,-2,-2])
tf.maximum([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.maximum([1,2],[0,1])
tf.maximum(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.maximum(1,2.5)
tf.maximum(2.5,1)
tf.maximum(tf.constant([2.0]),1)
tf.maximum(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.maximum(np.array([1.0,2.0]),np.array([1,2]))
tf.maximum(tf.ones([2,1]),tf.ones([3]))
tf.maximum(tf.ones([2]),tf.ones([3]))
tf.maximum(tf.Variable([1.0,2.0]),2.0)
tf.maximum(tf.zeros([0]),2.0)
tf.less([-7,7,-7],[2,-2,-2])
tf.less([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.less([1,2],[0,1])
tf.less(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.less(1,2.5)
tf.less(2.5,1)
tf.less(tf.constant([2.0]),1)
tf.less(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.less(np.array([1.0,2.0]),np.array([1,2]))
tf.less(tf.ones([2,1]),tf.ones([3]))
tf.less(tf.ones([2]),tf.ones([3]))
tf.less(tf.Variable([1.0,2.0]),2.0)
tf.less(tf.zeros([0]),2.0)
tf.not_equal([-7,7,-7],[2,-2,-2])
tf.not_equal([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.not_equal([1,2],[0,1])
tf.not_equal(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.not_equal(1,2.5)
tf.not_equal(2.5,1)
tf.not_equal(tf.constant([2.0]),1)
tf.not_equal(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.not_equal(np.array([1.0,2.0]),np.array([1,2]))
tf.not_equal(tf.ones([2,1]),tf.ones([3]))
tf.not_equal(tf.ones([2]),tf.ones([3]))
tf.not_equal(tf.Variable([1.0,2.0]),2.0)
tf.not_equal(tf.zeros([0]),2.0)
tf.math.divide_no_nan([-7,7,-7],[2,-2,-2])
tf.math.divide_no_nan([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.math.divide_no_nan([1,2],[0,1])
tf.math.divide_no_nan(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.math.divide_no_nan(1,2.5)
tf.math.divide_no_nan(2.5,1)
tf.math.divide_no_nan(tf.constant([2.0]),1)
tf.math.divide_no_nan(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.math.divide_no_nan(np.array([1.0,2.0]),np.array([1,2]))
tf.math.divide_no_nan(tf.ones([2,1]),tf.ones([3]))
tf.math.divide_no_nan(tf.ones([2]),tf.ones([3]))
tf.math.divide_no_nan(tf.Variable([1.0,2.0]),2.0)
tf.math.divide_no_nan(tf.zeros([0]),2.0)
tf.math.xlogy([-7,7,-7],[2,-2,-2])
tf.math.xlogy([-7.5,7.5,-7.5],[2.0,-2.0,-2.0])
tf.math.xlogy([1,2],[0,1])
tf.math.xlogy(tf.constant([1,2]),tf.constant([1.0,2.0]))
tf.math.xlogy(1,2.5)
tf.math.xlogy(2.5,1)
tf.math.xlogy(tf.constant([2.0]),1)
tf.math.xlogy(tf.constant([1.0,2.0]),np.array([1.0,2.0]))
tf.math.xlogy(np.array([1.0,2.0]),np.array([1,2]))
tf.math.xlogy(tf.ones([2,1]),tf.ones([3]))
tf.math.xlogy(tf.ones([2]),tf.ones([3]))
tf.math.xlogy(tf.Variable([1.0,2.0]),2.0)
tf.math.xlogy(tf.zeros([0]),2.0)
""",
    "gradients": """
grad(lambda x: tf.maximum(x, 2.0), [1.0,2.0,3.0])
grad(lambda x, y: tf.maximum(x, y), [1.0,2.0,3.0], [2.0,2.0,2.0])
grad(lambda x, y: tf.minimum(x, y), [1.0,2.0,3.0], [2.0,2.0,2.0])
grad(lambda x: tf.nn.relu(x), [-1.0,0.0,1.0])
grad(lambda x: tf.nn.relu6(x), [-1.0,0.0,6.0,3.0,7.0])
grad(lambda x: tf.nn.leaky_relu(x), [-1.0,0.0,1.0])
grad(lambda x: tf.nn.elu(x), [-1.0,0.0,1.0])
grad(lambda x: tf.nn.selu(x), [-1.0,0.0,1.0])
grad(lambda x: tf.nn.gelu(x), [-1.0,0.0,1.0])
grad(lambda x: tf.nn.silu(x), [-1.0,0.0,1.0])
grad(lambda x: tf.nn.softplus(x), [-100.0,0.0,100.0])
grad(lambda x: tf.nn.softsign(x), [-1.0,0.0,1.0])
grad(lambda x: tf.sigmoid(x), [-1.0,0.0,100.0])
grad(lambda x: tf.tanh(x), [-1.0,0.0,100.0])
grad(lambda x: tf.abs(x), [-1.0,0.0,1.0])
grad(lambda x: tf.sign(x), [-1.0,0.0,1.0])
grad(lambda x: tf.sqrt(x), [0.0,4.0])
grad(lambda x: tf.math.rsqrt(x), [4.0])
grad(lambda x: tf.round(x), [1.5])
grad(lambda x: tf.floor(x), [1.5])
grad(lambda x, y: tf.pow(x, y), [2.0,0.0,-2.0], [3.0,2.0,2.0])
grad(lambda x: tf.pow(x, 2.0), [2.0,0.0,-2.0])
grad(lambda x: tf.clip_by_value(x, 0.0, 1.0), [-1.0,0.0,0.5,1.0,2.0])
grad(lambda x, a, b: tf.clip_by_value(x, a, b), [-1.0,0.5,2.0], [0.0,0.0,0.0], [1.0,1.0,1.0])
grad(lambda x: tf.clip_by_norm(x, 1.0), [3.0,4.0])
grad(lambda x: tf.clip_by_norm(x, 10.0), [3.0,4.0])
grad(lambda x: tf.clip_by_norm(x, 1.0), [0.0,0.0])
grad(lambda x: tf.clip_by_global_norm([x], 1.0)[0][0], [3.0,4.0])
grad(lambda x, y: tf.math.divide_no_nan(x, y), [1.0,2.0], [0.0,4.0])
grad(lambda x, y: tf.math.multiply_no_nan(x, y), [1.0,2.0], [0.0,4.0])
grad(lambda x, y: tf.math.xlogy(x, y), [0.0,2.0], [0.0,4.0])
grad(lambda x, y: tf.math.xlog1py(x, y), [0.0,2.0], [0.0,4.0])
grad(lambda x, y: tf.math.xdivy(x, y), [0.0,2.0], [0.0,4.0])
grad(lambda x: tf.math.reciprocal_no_nan(x), [0.0,2.0])
grad(lambda x, y: tf.math.squared_difference(x, y), [1.0,2.0], [3.0])
grad(lambda x, y: tf.divide(x, y), [1.0,2.0], [4.0])
grad(lambda x, y: tf.math.floormod(x, y), [5.0,-7.0], [3.0,3.0])
grad(lambda x, y: tf.atan2(x, y), [1.0], [2.0])
grad(lambda x: tf.reduce_max(x), [1.0,3.0,3.0])
grad(lambda x: tf.reduce_max(x, 1), [[1.0,3.0],[2.0,2.0]])
grad(lambda x: tf.reduce_min(x), [1.0,1.0,3.0])
grad(lambda x: tf.reduce_prod(x), [2.0,0.0,3.0])
grad(lambda x: tf.reduce_prod(x), [2.0,4.0,3.0])
grad(lambda x: tf.reduce_mean(x), [2.0,4.0])
grad(lambda x: tf.reduce_logsumexp(x), [2.0,4.0])
grad(lambda x: tf.math.reduce_std(x), [2.0,4.0])
grad(lambda x: tf.math.reduce_std(x), [2.0,2.0])
grad(lambda x: tf.math.reduce_variance(x), [2.0,4.0])
grad(lambda x: tf.math.reduce_euclidean_norm(x), [3.0,4.0])
grad(lambda x: tf.math.reduce_euclidean_norm(x), [0.0,0.0])
grad(lambda x: tf.norm(x), [3.0,4.0])
grad(lambda x: tf.norm(x), [0.0,0.0])
grad(lambda x: tf.norm(x, ord=1), [3.0,0.0])
grad(lambda x: tf.nn.l2_normalize(x), [3.0,4.0])
grad(lambda x: tf.nn.l2_normalize(x), [0.0,0.0])
grad(lambda x: tf.nn.l2_loss(x), [3.0,4.0])
grad(lambda x: tf.nn.softmax(x)[0], [1.0,2.0])
grad(lambda x: tf.nn.log_softmax(x)[0], [1.0,2.0])
grad(lambda x, y: tf.nn.softmax_cross_entropy_with_logits(x, y), [[1.0,0.0]], [[2.0,1.0]])
grad(lambda x, y: tf.nn.softmax_cross_entropy_with_logits(x, y), [[1.0,2.0]], [[2.0,1.0]])
grad(lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits([1], x), [[2.0,1.0]])
grad(lambda x, y: tf.nn.sigmoid_cross_entropy_with_logits(x, y), [1.0,0.0,0.5], [0.0,0.0,-2.0])
grad(lambda x, y: tf.nn.weighted_cross_entropy_with_logits(x, y, 3.0), [1.0,0.0], [0.0,2.0])
grad(lambda x: tf.nn.ctc_loss([[1,2]], x, [2], [4]), np.arange(12).reshape(4,1,3)/12)
grad(lambda x: tf.cumsum(x, exclusive=True), [1.0,2.0,3.0])
grad(lambda x: tf.math.cumprod(x), [1.0,2.0,3.0])
grad(lambda x: tf.math.cumprod(x), [1.0,0.0,3.0])
grad(lambda x: tf.math.cumulative_logsumexp(x), [1.0,2.0,3.0])
grad(lambda x: tf.math.cumulative_logsumexp(x, exclusive=True)[1:], [1.0,2.0,3.0])
grad(lambda x: tf.gather_nd(x, [[0,1],[0,1]]), [[1.0,2.0]])
grad(lambda x: tf.scatter_nd([[1],[1]], x, [3])**2, [1.0,2.0])
grad(lambda x, y: tf.tensor_scatter_nd_update(x, [[0]], y)**2, [1.0,2.0], [3.0])
grad(lambda x, y: tf.tensor_scatter_nd_add(x, [[0]], y)**2, [1.0,2.0], [3.0])
grad(lambda x, y: tf.tensor_scatter_nd_max(x, [[0],[1]], y), [1.0,2.0], [3.0,2.0])
grad(lambda x: tf.math.segment_sum(x, [0,0,1])**2, [1.0,2.0,3.0])
grad(lambda x: tf.math.segment_mean(x, [0,0,1])**2, [1.0,2.0,3.0])
grad(lambda x: tf.math.segment_max(x, [0,0,1]), [1.0,2.0,3.0])
grad(lambda x: tf.math.segment_max(x, [0,0,1]), [2.0,2.0,3.0])
grad(lambda x: tf.math.unsorted_segment_max(x, [0,0,1], 2), [2.0,2.0,3.0])
grad(lambda x: tf.math.unsorted_segment_sum(x, [0,-1,1], 2), [2.0,2.0,3.0])
grad(lambda x: tf.math.unsorted_segment_mean(x, [0,0,1], 2), [2.0,2.0,3.0])
grad(lambda x: tf.math.unsorted_segment_prod(x, [0,0,1], 2), [2.0,0.0,3.0])
grad(lambda x: tf.concat([x, x], 0)**2, [1.0,2.0])
grad(lambda x: tf.stack([x, 2*x], 1)**2, [1.0,2.0])
grad(lambda x: tf.split(x, 2)[1]**2, [1.0,2.0])
grad(lambda x: tf.tile(x, [3]), [1.0,2.0])
grad(lambda x: tf.pad(x, [[2,1]], 'REFLECT')**2, [1.0,2.0,3.0])
grad(lambda x: tf.where([True,False], x, 0.0), [1.0,2.0])
grad(lambda x: tf.where(x > 0, tf.sqrt(x), 0.0), [0.0,4.0])
grad(lambda x: tf.sort(x)[0], [3.0,2.0])
grad(lambda x: tf.math.top_k(x, 1).values, [3.0,2.0])
grad(lambda x: tf.boolean_mask(x, [True,False])**2, [3.0,2.0])
grad(lambda x: tf.nn.max_pool1d(x, 2, 2, 'VALID'), [[[1.0],[1.0],[2.0],[3.0]]])
grad(lambda x: tf.nn.avg_pool1d(x, 3, 2, 'SAME'), [[[1.0],[1.0],[2.0],[3.0]]])
grad(lambda x, f: tf.nn.conv1d(x, f, 2, 'SAME')**2, [[[1.0],[2.0],[3.0]]], [[[1.0]],[[2.0]]])
grad(lambda x, f: tf.nn.conv1d_transpose(x, f, [1,4,1], 2)**2, [[[1.0],[2.0]]], [[[1.0]],[[2.0]],[[3.0]]])
grad(lambda x: tf.nn.moments(x, [0])[1], [1.0,2.0,6.0])
grad(lambda x: tf.linalg.det(x), [[1.0,2.0],[3.0,4.0]])
grad(lambda x: tf.linalg.logdet(x), [[2.0,0.5],[0.5,1.0]])
grad(lambda x: tf.linalg.slogdet(x)[1], [[1.0,2.0],[3.0,4.0]])
grad(lambda x: tf.linalg.inv(x), [[1.0,2.0],[3.0,4.0]])
grad(lambda x, y: tf.linalg.solve(x, y), [[1.0,2.0],[3.0,4.0]], [[1.0],[2.0]])
grad(lambda x: tf.linalg.cholesky(x), [[4.0,2.0],[2.0,5.0]])
grad(lambda x: tf.linalg.cholesky(x), [[4.0,9.0],[2.0,5.0]])
grad(lambda x: tf.linalg.eigh(x)[0][0], [[2.0,1.0],[1.0,3.0]])
grad(lambda x: tf.linalg.svd(x, compute_uv=False)[0], [[1.0,2.0],[3.0,4.0]])
grad(lambda x: tf.abs(tf.linalg.qr(x)[1]), [[1.0,2.0],[3.0,4.0]])
grad(lambda x: tf.linalg.trace(x), [[1.0,2.0],[3.0,4.0]])
grad(lambda x: tf.linalg.triangular_solve(x, [[1.0],[2.0]]), [[1.0,2.0],[3.0,4.0]])
grad(lambda x: tf.linalg.band_part(x, 0, -1), [[1.0,2.0],[3.0,4.0]])
grad(lambda x: tf.linalg.expm(x), [[0.0,1.0],[-1.0,0.5]])
grad(lambda x, y: tf.einsum('ij,jk->ik', x, y)**2, [[1.0,2.0]], [[1.0],[2.0]])
grad(lambda x, y: tf.tensordot(x, y, 1), [1.0,2.0], [3.0,4.0])
grad(lambda x: tf.signal.irfft(tf.signal.rfft(x))**2, [1.0,2.0,3.0,4.0])
grad(lambda x: tf.abs(tf.signal.rfft(x)), [1.0,2.0,3.0,4.0])
grad(lambda x: tf.abs(tf.complex(x, 2.0*x)), [3.0])
grad(lambda x: tf.signal.frame(x, 2, 1)**2, [1.0,2.0,3.0])
grad(lambda x: tf.math.lgamma(x), [1.5,2.5])
grad(lambda x: tf.math.digamma(x), [1.5,2.5])
grad(lambda x: tf.math.erf(x), [0.5])
grad(lambda x: tf.math.erfinv(x), [0.5])
grad(lambda x: tf.math.log1p(x), [0.5])
grad(lambda x: tf.math.polyval([1.0, 2.0, 3.0], x), [0.5])
grad(lambda x: tf.cast(x, tf.int32), [0.5])
grad(lambda x: tf.argmax(x), [0.5])
grad(lambda x: tf.identity(x)*tf.stop_gradient(x), [0.5])
grad(lambda x: tf.ensure_shape(x, [1]), [0.5])
grad(lambda x: tf.broadcast_to(x, [3,1]), [0.5])
grad(lambda x: tf.repeat(x, [2,1])**2, [0.5,1.0])
grad(lambda x: tf.reverse(x, [0])[0], [0.5,1.0])
grad(lambda x: tf.transpose(x)[0], [[0.5,1.0]])
grad(lambda x: tf.add_n([x, x]), [0.5])
grad(lambda x: tf.saturate_cast(x, tf.float16), [0.5])
grad(lambda x: tf.nn.local_response_normalization(x, 1), np.arange(1,5).reshape(1,1,1,4))
grad(lambda x: tf.linspace(x, 3.0, 3), 1.0)
grad(lambda x: tf.where(x > 0, tf.math.rsqrt(x), 0.0), [0.0,4.0])
grad(lambda x: tf.where(x > 0, tf.math.reciprocal(x), 0.0), [0.0,4.0])
grad(lambda x: tf.where(x > 0, tf.math.log(x), 0.0), [0.0,4.0])
grad(lambda x: tf.gather(2*x, [1,1,0])**2, [1.0,2.0])
grad(lambda x: tf.math.ceil(x), [1.5])
grad(lambda x: tf.math.segment_prod(x, [0,0,1]), [2.0,4.0,3.0])
""",
}  # fmt: skip
EXPRESSIONS = {key: text.strip().splitlines() for key, text in EXPRESSIONS.items()}

UNARY = [
    "tf.abs",
    "tf.acos",
    "tf.acosh",
    "tf.asin",
    "tf.asinh",
    "tf.atan",
    "tf.atanh",
    "tf.cos",
    "tf.cosh",
    "tf.exp",
    "tf.floor",
    "tf.negative",
    "tf.round",
    "tf.sigmoid",
    "tf.sign",
    "tf.sin",
    "tf.sinh",
    "tf.sqrt",
    "tf.tan",
    "tf.tanh",
    "tf.square",
    "tf.reduce_max",
    "tf.reduce_min",
    "tf.reduce_prod",
    "tf.reduce_sum",
    "tf.reduce_mean",
    "tf.reduce_logsumexp",
    "tf.reduce_all",
    "tf.reduce_any",
    "tf.sort",
    "tf.math.bessel_i0",
    "tf.math.bessel_i0e",
    "tf.math.bessel_i1",
    "tf.math.bessel_i1e",
    "tf.math.ceil",
    "tf.math.digamma",
    "tf.math.erf",
    "tf.math.erfc",
    "tf.math.erfinv",
    "tf.math.erfcinv",
    "tf.math.expm1",
    "tf.math.is_finite",
    "tf.math.is_inf",
    "tf.math.is_nan",
    "tf.math.lgamma",
    "tf.math.log",
    "tf.math.log1p",
    "tf.math.log_sigmoid",
    "tf.math.ndtri",
    "tf.math.reciprocal",
    "tf.math.reciprocal_no_nan",
    "tf.math.rint",
    "tf.math.rsqrt",
    "tf.math.softplus",
    "tf.math.softsign",
    "tf.math.softmax",
    "tf.math.log_softmax",
    "tf.math.real",
    "tf.math.imag",
    "tf.math.angle",
    "tf.math.conj",
    "tf.math.reduce_variance",
    "tf.math.reduce_std",
    "tf.math.reduce_euclidean_norm",
    "tf.math.cumsum",
    "tf.math.cumprod",
    "tf.math.argmin",
    "tf.math.argmax",
    "tf.math.count_nonzero",
    "tf.math.zero_fraction",
    "tf.nn.relu",
    "tf.nn.relu6",
    "tf.nn.elu",
    "tf.nn.selu",
    "tf.nn.gelu",
    "tf.nn.silu",
    "tf.nn.leaky_relu",
    "tf.nn.crelu",
    "tf.nn.l2_loss",
]
tf.abs
tf.acos
tf.acosh
tf.asin
tf.asinh
tf.atan
tf.atanh
tf.cos
tf.cosh
tf.exp
tf.floor
tf.negative
tf.round
tf.sigmoid
tf.sign
tf.sin
tf.sinh
tf.sqrt
tf.tan
tf.tanh
tf.square
tf.reduce_max
tf.reduce_min
tf.reduce_prod
tf.reduce_sum
tf.reduce_mean
tf.reduce_logsumexp
tf.reduce_all
tf.reduce_any
tf.sort
tf.math.bessel_i0
tf.math.bessel_i0e
tf.math.bessel_i1
tf.math.bessel_i1e
tf.math.ceil
tf.math.digamma
tf.math.erf
tf.math.erfc
tf.math.erfinv
tf.math.erfcinv
tf.math.expm1
tf.math.is_finite
tf.math.is_inf
tf.math.is_nan
tf.math.lgamma
tf.math.log
tf.math.log1p
tf.math.log_sigmoid
tf.math.ndtri
tf.math.reciprocal
tf.math.reciprocal_no_nan
tf.math.rint
tf.math.rsqrt
tf.math.softplus
tf.math.softsign
tf.math.softmax
tf.math.log_softmax
tf.math.real
tf.math.imag
tf.math.angle
tf.math.conj
tf.math.reduce_variance
tf.math.reduce_std
tf.math.reduce_euclidean_norm
tf.math.cumsum
tf.math.cumprod
tf.math.argmin
tf.math.argmax
tf.math.count_nonzero
tf.math.zero_fraction
tf.nn.relu
tf.nn.relu6
tf.nn.elu
tf.nn.selu
tf.nn.gelu
tf.nn.silu
tf.nn.leaky_relu
tf.nn.crelu
""".strip().splitlines()

BINARY = [
    "tf.add",
    "tf.subtract",
    "tf.multiply",
    "tf.divide",
    "tf.truediv",
    "tf.truncatediv",
    "tf.truncatemod",
    "tf.pow",
    "tf.maximum",
    "tf.minimum",
    "tf.not_equal",
    "tf.equal",
    "tf.less",
    "tf.less_equal",
    "tf.greater",
    "tf.greater_equal",
    "tf.logical_and",
    "tf.logical_or",
    "tf.math.floordiv",
    "tf.math.floormod",
    "tf.math.squared_difference",
    "tf.math.divide_no_nan",
    "tf.math.multiply_no_nan",
    "tf.math.xlogy",
    "tf.math.xlog1py",
    "tf.math.xdivy",
    "tf.math.igamma",
    "tf.math.igammac",
    "tf.math.zeta",
    "tf.bitwise.bitwise_and",
    "tf.bitwise.bitwise_or",
    "tf.bitwise.bitwise_xor",
    "tf.bitwise.left_shift",
    "tf.bitwise.right_shift",
]
tf.add
tf.subtract
tf.multiply
tf.divide
tf.truediv
tf.truncatediv
tf.truncatemod
tf.pow
tf.maximum
tf.minimum
tf.not_equal
tf.equal
tf.less
tf.less_equal
tf.greater
tf.greater_equal
tf.logical_and
tf.logical_or
tf.math.floordiv
tf.math.floormod
tf.math.squared_difference
tf.math.divide_no_nan
tf.math.multiply_no_nan
tf.math.xlogy
tf.math.xlog1py
tf.math.xdivy
tf.math.igamma
tf.math.igammac
tf.math.zeta
tf.bitwise.bitwise_and
tf.bitwise.bitwise_or
tf.bitwise.bitwise_xor
tf.bitwise.left_shift
tf.bitwise.right_shift
""".strip().splitlines()

DTYPES = [
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "complex64",
    "bool",
]
_LETTERS = "hgfdbsiqBSIQc?"


def gradient(tf):
    """What an expression calls ``grad``."""

    def grad(function, *values):
        tensors = [tf.constant(np.asarray(v, np.float32)) for v in values]
        with tf.GradientTape() as tape:
            for tensor in tensors:
                tape.watch(tensor)
            result = function(*tensors)
        return tape.gradient(result, tensors)

    return grad


def evaluate(expression, tf):
    return eval(expression, {"tf": tf, "np": np, "grad": gradient(tf)})


def describe(expression, tf):
    """The result of an expression as JSON takes it; "error" when it raises."""
    try:
        return encoded(evaluate(expression, tf))
    except Exception:
        return "error"


def encoded(result):
    """A tensor as "dtype[shape] numbers"; lists of them; other things as they are."""
    if hasattr(result, "dtype") and hasattr(result, "shape"):
        array = np.asarray(result.numpy() if hasattr(result, "numpy") else result)
        flat = array.reshape(-1)
        parts = [flat.real, flat.imag] if array.dtype.kind == "c" else [flat]
        numbers = [f"{n:.6g}" for part in parts for n in part.astype("float64")]
        return f"{array.dtype.name}{list(array.shape)} {' '.join(numbers)}"
    if isinstance(result, list | tuple):
        return [encoded(r) for r in result]
    return result


def describe_dtypes(name, tf):
    """A letter for each of DTYPES: the result's dtype, or - where it is refused."""
    letters = dict(zip(DTYPES, _LETTERS, strict=True))
    told = ""
    for dtype in DTYPES:
        values = ("[True, False]", "[True, True]") if dtype == "bool" else ("[1, 0]", "[1, 1]")
        given = [f"tf.constant({v}, tf.{dtype})" for v in values[: 1 + (name in BINARY)]]
        result = describe(f"{name}({', '.join(given)})", tf)
        told += "-" if result == "error" else letters[result.partition("[")[0]]
    return told
